"""The generic functions, for each combination of import, kubeconfig and pod."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from multicluster_service_account import (
    ConfigAndNamespace,
    Problem,
    ServiceAccountImportError,
    all_named_configs_and_namespaces,
    config_and_namespace,
    in_cluster,
    named_config_and_namespace,
)
from support.node.kubelet import Mount
from support.samples.kubeconfigs import kubeconfig

CA = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"
World = Callable[..., None]

POD = "https://10.0.0.1:443 in-pod Bearer token-of-pod"
IMPORT = {n: f"https://import-{n}.example in-import-{n} Bearer import-{n}" for n in "ab"}
CONTEXT = {n: f"https://{n}.example in-{n} Bearer token-of-{n}" for n in "abx"}


@pytest.fixture
def world(root: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Mounts imports, writes a kubeconfig with contexts (the first is current), makes it a pod."""

    def world(imports: str = "", contexts: str = "", pod: bool = False) -> None:
        for name in imports:
            host, namespace, _, token = IMPORT[name].split()
            access = Access(Endpoint(host, CA), token, namespace)
            Mount(root / name).write_secret(secret.data(name, access))
        if contexts:
            (home / ".kube").mkdir(parents=True)
            text = kubeconfig(*contexts, current=contexts[0])
            (home / ".kube" / "config").write_text(text)
        if pod:
            files = {"token": "token-of-pod", "ca.crt": CA, "namespace": "in-pod"}
            Mount(in_cluster.FOLDER).write(files)
            monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
            monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")

    return world


def shown(loaded: ConfigAndNamespace) -> str:
    bearer = loaded.config.auth_settings()["BearerToken"]
    return f"{loaded.config.host} {loaded.namespace} {bearer['value']}"


def result(function: Callable[[], ConfigAndNamespace]) -> str:
    try:
        return shown(function())
    except ServiceAccountImportError:
        return "error"


# For imports, contexts of the kubeconfig, and whether it is a pod: what there is without a name,
# and for the name "a".
TABLE = {
    ("", "", False): ("error", "error"),
    ("", "", True): (POD, POD),
    ("", "x", False): (CONTEXT["x"], "error"),
    ("", "x", True): (CONTEXT["x"], "error"),
    ("", "xa", False): (CONTEXT["x"], CONTEXT["a"]),
    ("", "xa", True): (CONTEXT["x"], CONTEXT["a"]),
    ("a", "", False): (IMPORT["a"], IMPORT["a"]),
    ("a", "", True): (IMPORT["a"], IMPORT["a"]),
    ("a", "x", False): (IMPORT["a"], IMPORT["a"]),
    ("a", "x", True): (IMPORT["a"], IMPORT["a"]),
    ("a", "xa", False): (IMPORT["a"], IMPORT["a"]),
    ("a", "xa", True): (IMPORT["a"], IMPORT["a"]),
    ("b", "", False): (IMPORT["b"], "error"),
    ("b", "", True): (IMPORT["b"], POD),
    ("b", "x", False): (IMPORT["b"], "error"),
    ("b", "x", True): (IMPORT["b"], "error"),
    ("b", "xa", False): (IMPORT["b"], CONTEXT["a"]),
    ("b", "xa", True): (IMPORT["b"], CONTEXT["a"]),
    ("ab", "", False): ("error", IMPORT["a"]),
    ("ab", "", True): ("error", IMPORT["a"]),
    ("ab", "x", False): ("error", IMPORT["a"]),
    ("ab", "x", True): ("error", IMPORT["a"]),
    ("ab", "xa", False): ("error", IMPORT["a"]),
    ("ab", "xa", True): ("error", IMPORT["a"]),
}


def test_the_table_is_complete() -> None:
    everything = itertools.product(("", "a", "b", "ab"), ("", "x", "xa"), (False, True))
    assert set(TABLE) == set(everything)


@pytest.mark.parametrize(("imports", "contexts", "pod"), TABLE)
def test_each_combination(world: World, imports: str, contexts: str, pod: bool) -> None:
    world(imports, contexts, pod)
    found = result(config_and_namespace), result(lambda: named_config_and_namespace("a"))
    assert found == TABLE[imports, contexts, pod]
    # The pod's own has no name; where an import and a context have the same, it is the import's.
    everything = {n: CONTEXT[n] for n in contexts} | {n: IMPORT[n] for n in imports}
    all_named = all_named_configs_and_namespaces()
    assert {name: shown(one) for name, one in all_named.items()} == everything
    assert list(all_named) == sorted(all_named)


DOES_NOT_EXIST = "kubeconfig {} does not exist"
EMPTY = "the contexts of kubeconfig {} are: none"


@pytest.mark.parametrize(("kubeconfig", "state"), [(None, DOES_NOT_EXIST), ("", EMPTY)])
def test_nothing_at_all(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kubeconfig: str | None, state: str
) -> None:
    file = tmp_path / "none"
    monkeypatch.setenv("KUBECONFIG", str(file))
    if kubeconfig is not None:
        file.write_text(kubeconfig)
    with pytest.raises(ServiceAccountImportError) as raised:
        config_and_namespace()
    assert str(raised.value) == (
        f"nothing to load: the service account imports in {root} are: none;"
        f" {state.format(file)}; name one that there is, or annotate the pod with"
        " multicluster.admiralty.io/service-account-import.name."
    )


def test_several_imports(world: World, root: Path) -> None:
    """A second import does not change which cluster is called."""
    world("ab", "x", pod=True)
    with pytest.raises(ServiceAccountImportError) as raised:
        config_and_namespace()
    assert str(raised.value) == (
        f"several service account imports are mounted in {root}: choose one of a, b by its name."
    )
    assert (raised.value.problem, raised.value.names) == (Problem.AMBIGUOUS, ("a", "b"))


def test_no_such_name(world: World, root: Path) -> None:
    world("ab", "x", pod=True)
    with pytest.raises(ServiceAccountImportError) as raised:
        named_config_and_namespace("c")
    assert str(raised.value) == (
        f"nothing to load: the service account imports in {root} are: a, b; the contexts of"
        " kubeconfig ~/.kube/config are: x; name one that there is, or annotate the pod with"
        " multicluster.admiralty.io/service-account-import.name."
    )
    assert (raised.value.problem, raised.value.names) == (Problem.MISSING, ("a", "b", "x"))


@pytest.mark.parametrize("files", [{}, {"token": "half"}, {"config": "]"}])
def test_a_broken_import_is_not_passed_over(
    world: World, mount: Mount, files: dict[str, str]
) -> None:
    world("", "xa", pod=True)
    mount.write(files)
    for function in (
        config_and_namespace,
        lambda: named_config_and_namespace("a"),
        all_named_configs_and_namespaces,
    ):
        with pytest.raises(ServiceAccountImportError, match=f"^{mount.folder}/config ") as raised:
            function()
        assert (raised.value.problem, raised.value.names) == (Problem.UNUSABLE, ())


def test_root_is_passed_on(world: World, root: Path, tmp_path: Path) -> None:
    world("a")
    root.rename(tmp_path / "elsewhere")
    assert result(config_and_namespace) == "error"
    assert shown(config_and_namespace(root=tmp_path / "elsewhere")) == IMPORT["a"]
    assert shown(named_config_and_namespace("a", root=tmp_path / "elsewhere")) == IMPORT["a"]
    assert list(all_named_configs_and_namespaces(root=tmp_path / "elsewhere")) == ["a"]
