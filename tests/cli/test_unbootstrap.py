"""`kubemcsa unbootstrap` takes back what bootstrap made, and nothing else."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from conftest import Kubemcsa
from kubemcsa.api.cluster import Cluster
from kubemcsa.introduction import token_refusal
from kubemcsa.main import main
from mcsa_core.names import grant_name, secret_name
from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.grants import make_grant
from support.cluster.identities import SYSTEM, Identity
from support.cluster.loopback import free_ports
from support.cluster.reading import get
from support.cluster.waiting import until

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("introduced")]

Run = Callable[..., Result]
KINDS = (
    "namespaces,serviceaccounts,secrets,clusterroles,clusterrolebindings,roles,rolebindings,"
    "validatingadmissionpolicies,validatingadmissionpolicybindings"
)
POLICY = "multicluster-service-account-tokens"


def everything(cluster: ControlPlane, more: str = "") -> set[str]:
    found = get(cluster, KINDS + more, "-A")["items"]
    return {
        f"{o['kind']} {o['metadata'].get('namespace', '')}/{o['metadata']['name']}" for o in found
    }


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits until API servers forget what they have accepted: see test_token_refusal.py."""
    monkeypatch.setattr(token_refusal, "CACHE_SECONDS", 0)


def in_source(name: str, *namespaces: str) -> set[str]:
    rights = {
        f"{kind} {namespace}/{SYSTEM}:{name}-t"
        for kind in ("Role", "RoleBinding")
        for namespace in (SYSTEM, *namespaces)
    }
    grants = {f"Secret {n}/{grant_name(name + '-t')}" for n in (SYSTEM, *namespaces)}
    return {f"ServiceAccount {SYSTEM}/{name}-t"} | rights | grants


def in_target(name: str) -> set[str]:
    child = secret_name(SYSTEM, name)
    return {f"Secret {SYSTEM}/{n}" for n in (name, child)} | {
        f"ServiceAccountImport {SYSTEM}/{name}"
    }


@pytest.fixture
def run(kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane) -> Run:
    """Runs a command for the target NAME-t and the source NAME."""

    def run(command: str, name: str, *args: str) -> Result:
        names = ("cluster1", "cluster2", f"--target-name={name}-t", f"--source-name={name}")
        return kubemcsa(command, *names, *args, contexts=[cluster1, cluster2])

    return run


@pytest.fixture
def introduce(
    run: Run, kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane
) -> Callable[..., None]:
    """Two clusters by other names, and the credential renewed."""

    def bootstrap(name: str, *namespaces: str) -> None:
        namespaces = namespaces or ("default",)
        scope = [f"--source-namespace={namespace}" for namespace in namespaces]
        assert run("bootstrap", name, *scope).exit_code == 0
        for namespace in (SYSTEM, *namespaces):
            make_grant(cluster2, namespace, f"{name}-t")
        synced = kubemcsa("sync", name, "-n", SYSTEM, contexts=[cluster1])
        assert synced.exit_code == 0, synced.output

    return bootstrap


@pytest.fixture
def world(
    cluster1: ControlPlane, cluster2: ControlPlane
) -> Callable[[], tuple[set[str], set[str]]]:
    return lambda: (everything(cluster1, ",sai"), everything(cluster2))


def test_both_clusters(
    run: Run,
    introduce: Callable[..., None],
    world: Any,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    tmp_path: Path,
) -> None:
    before = world()
    introduce("pair")
    made = tuple(after - earlier for after, earlier in zip(world(), before, strict=True))
    assert made == (in_target("pair"), in_source("pair", "default"))
    who = Identity(cluster1, cluster2, "pair", tmp_path / "config")
    result = run("unbootstrap", "pair", "--yes")
    assert result.exit_code == 0, result.output
    assert world() == before
    printed = re.sub(r"\d+ seconds", "SECONDS", result.stdout).splitlines()
    assert [line for line in printed if not line.endswith(" deleted")] == [
        "cluster2: SECONDS after the deletion, pair-t's credential is refused, and so are all"
        " tokens that were bound to its grants.",
        "cluster2: pair-t may not import from here any more.",
        "cluster1: pair is not registered here any more.",
    ]
    lines = result.stderr.splitlines()
    assert (
        lines[0] == f"cluster2: secret/{grant_name('pair-t')} in namespace default is to be deleted"
    )
    rolebinding = f"cluster2: rolebinding/{SYSTEM}:pair-t in namespace default deleted"
    assert rolebinding in printed
    assert any(
        line.startswith(
            "cluster2: the namespace, the policies and the ClusterRole stay, as there are"
        )
        and "serviceaccount/cluster1" in line
        for line in lines
    )
    assert "eyJ" not in result.output
    until(lambda: "Unauthorized" in _answer(who))


def _answer(who: Identity) -> str:
    try:
        return who.kubectl("get", "serviceaccount", "-n", SYSTEM, "pair-t")
    except ClusterError as error:
        return str(error).replace("You must be logged in", "Unauthorized")


def test_wide_rights(run: Run, world: Any) -> None:
    """The ClusterRole stays for another target that needs it."""
    assert run("bootstrap", "other-wide-rights").exit_code == 0
    before = world()
    assert run("bootstrap", "wide-rights").exit_code == 0
    assert run("unbootstrap", "wide-rights", "--yes").exit_code == 0
    assert world() == before


def test_twice(run: Run, introduce: Callable[..., None], world: Any) -> None:
    introduce("twice")
    assert run("unbootstrap", "twice", "--yes").exit_code == 0
    before = world()
    again = run("unbootstrap", "twice", "--yes")
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr.splitlines()[-1] == "There is nothing to take back."
    assert world() == before
    introduce("twice")


@pytest.mark.parametrize("flag", ["--dry-run", None])
def test_nothing_without_a_yes(
    run: Run, introduce: Callable[..., None], world: Any, flag: str | None
) -> None:
    introduce("unsure")
    before = world()
    result = run("unbootstrap", "unsure", *([flag] if flag else []))
    plan = result.stdout if flag else result.stderr
    assert "cluster1: secret/unsure is to be deleted\n" in plan
    assert world() == before
    if flag:
        assert result.exit_code == 0
    else:
        assert result.exit_code == 1
        last = result.stderr.splitlines()[-1]
        assert last == "Error: nothing was deleted, as standard input is no terminal: add --yes."


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("y", 0)])
def test_it_asks_on_a_terminal(
    introduce: Callable[..., None],
    world: Any,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    answer: str,
    code: int,
) -> None:
    introduce("asked")
    before = world()
    terminal, stdin = pty.openpty()
    try:
        os.write(terminal, f"{answer}\n".encode())
        names = ["--target-name=asked-t", "--source-name=asked"]
        done = subprocess.run(
            [sys.executable, "-m", "kubemcsa", "unbootstrap", "cluster1", "cluster2", *names],
            env=os.environ | {"KUBECONFIG": f"{cluster1.kubeconfig}:{cluster2.kubeconfig}"},
            stdin=stdin,
            capture_output=True,
            text=True,
        )
    finally:
        os.close(terminal)
        os.close(stdin)
    assert done.returncode == code, done.stderr
    assert "Delete it? [y/N]" in done.stderr
    gone = (in_target("asked"), in_source("asked", "default"))
    left = before if code else tuple(b - g for b, g in zip(before, gone, strict=True))
    assert world() == left


def kubeconfig_of_nobody(cluster: ControlPlane, path: Path) -> Path:
    """As the cluster's, but nobody listens there."""
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{free_ports(1)[0]}"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.mark.parametrize("gone", ["source", "target"])
def test_one_cluster_gone(
    introduce: Callable[..., None],
    kubemcsa: Kubemcsa,
    world: Any,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    tmp_path: Path,
    gone: str,
) -> None:
    introduce("lonely")
    before = world()
    clusters = {"target": cluster1, "source": cluster2}
    paths = {side: cluster.kubeconfig for side, cluster in clusters.items()}
    paths[gone] = kubeconfig_of_nobody(clusters[gone], tmp_path / "nobody")
    flags = [f"--{side}-kubeconfig={path}" for side, path in paths.items()]
    names = ["--target-name=lonely-t", "--source-name=lonely"]
    result = kubemcsa("unbootstrap", *flags, *names, "--yes", contexts=[])
    assert result.exit_code == 1
    error = result.stderr.splitlines()[-1]
    assert error.startswith(
        f"Error: context {clusters[gone].name}: cannot reach https://127.0.0.1:"
    )
    left = {
        "source": (before[0] - in_target("lonely"), before[1]),
        "target": (before[0], before[1] - in_source("lonely", "default")),
    }
    assert world() == left[gone]
    # When it can be reached again, the rest goes.
    flags = [f"--{side}-kubeconfig={cluster.kubeconfig}" for side, cluster in clusters.items()]
    assert kubemcsa("unbootstrap", *flags, *names, "--yes", contexts=[]).exit_code == 0
    assert world() == (before[0] - in_target("lonely"), before[1] - in_source("lonely", "default"))


def test_one_cluster_on_its_own(
    introduce: Callable[..., None],
    kubemcsa: Kubemcsa,
    world: Any,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
) -> None:
    introduce("own")
    before = world()
    flags = ["--source-context=cluster2", "--target-name=own-t", "--yes"]
    assert kubemcsa("unbootstrap", *flags, contexts=[cluster2]).exit_code == 0
    assert world() == (before[0], before[1] - in_source("own", "default"))
    flags = ["--target-context=cluster1", "--source-name=own", "--yes"]
    assert kubemcsa("unbootstrap", *flags, contexts=[cluster1]).exit_code == 0
    assert world() == (before[0] - in_target("own"), before[1] - in_source("own", "default"))


@pytest.mark.parametrize("step", range(1, 11))
def test_interrupted_and_run_again(
    run: Run,
    introduce: Callable[..., None],
    world: Any,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    before = world()
    introduce("halfway")
    delete, done = Cluster.delete, 0

    def interrupted(self: Cluster, body: Any) -> None:
        nonlocal done
        delete(self, body)
        done += 1
        if done == step:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Cluster, "delete", interrupted)
        first = run("unbootstrap", "halfway", "--yes")
    assert (first.exit_code, done) == (1, step)
    assert run("unbootstrap", "halfway", "--yes").exit_code == 0
    assert world() == before


def test_what_kubemcsa_did_not_make(
    run: Run, world: Any, cluster1: ControlPlane, cluster2: ControlPlane
) -> None:
    cluster1.kubectl("create", "secret", "generic", "-n", SYSTEM, "theirs", "--from-literal=a=b")
    cluster2.kubectl("create", "serviceaccount", "-n", SYSTEM, "theirs-t")
    before = world()
    result = run("unbootstrap", "theirs", "--yes")
    assert result.exit_code == 0
    assert world() == before
    lines = result.stderr.splitlines()
    assert "cluster2: serviceaccount/theirs-t was not made by kubemcsa, and stays." in lines
    assert "cluster1: secret/theirs was not made by kubemcsa, and stays." in lines


def test_what_becomes_of_the_imports(
    run: Run,
    introduce: Callable[..., None],
    kubemcsa: Kubemcsa,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    namespace: str,
) -> None:
    cluster2.kubectl("create", "serviceaccount", "-n", namespace, "a")
    assert run("bootstrap", "left").exit_code == 0
    manifest = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": "a", "namespace": namespace},
        "spec": {"clusterName": "left", "namespace": namespace, "name": "a"},
    }
    cluster1.kubectl("create", "-f", "-", input=json.dumps(manifest))
    assert kubemcsa("sync", "-n", namespace, contexts=[cluster1]).exit_code == 0
    expires = get(cluster1, "sai", "-n", namespace, "a")["status"]["expirationTimestamp"]
    result = run("unbootstrap", "left", "--yes")
    assert (
        f"cluster1: the imports of left stay ({namespace}/a). Nothing renews them any more; delete"
        " them, and their Secrets go too. Tokens that they hold are good until they expire, the"
        f" last at {expires}, unless left has taken them back, or their service accounts are"
        " deleted there.\n"
    ) in result.stderr
    # What was said comes true.
    name = secret_name(namespace, "a")
    before = get(cluster1, "secret", "-n", namespace, name)["data"]
    synced = kubemcsa("sync", "-n", namespace, contexts=[cluster1])
    assert "ClusterNotBootstrapped" in synced.stdout
    assert get(cluster1, "secret", "-n", namespace, name)["data"] == before


def test_no_rights(
    introduce: Callable[..., None], kubemcsa: Kubemcsa, world: Any, unprivileged: Path
) -> None:
    introduce("refused")
    before = world()
    flags = [f"--source-kubeconfig={unprivileged}", "--target-name=refused-t", "--yes"]
    result = kubemcsa("unbootstrap", *flags, contexts=[])
    assert result.exit_code == 1
    error = result.stderr.splitlines()[-1]
    assert error.startswith("Error: context cluster2: secrets")
    assert "is forbidden" in error
    assert world() == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "name the clusters, or one of them: add --target-context or --source-context."),
        (["cluster1"], 2, "name both contexts, first the target's, where the pods run."),
        (["--source-context=cluster2"], 2, "which target is it? Add --target-name "),
        (["--target-context=cluster1"], 2, "which source is it? Add --source-name "),
        (["--source-context=cluster2", "--target-name=../x"], 2, "is not a DNS-1123 subdomain"),
        (
            ["--source-context=none", "--target-name=x"],
            1,
            "there is no context 'none' in kubeconfig",
        ),
    ],
)
def test_bad_input(
    kubemcsa: Kubemcsa,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    result = kubemcsa("unbootstrap", *arguments, "--yes", contexts=[cluster1, cluster2])
    assert result.exit_code == code
    assert said in result.stderr


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[tuple[ControlPlane, ControlPlane]]:
    """A target and a source that know nobody else, and delete what they are told to delete."""
    with (
        ControlPlane("one", tmp_path / "one", controller_manager=True) as one,
        ControlPlane("two", tmp_path / "two", controller_manager=True) as two,
    ):
        one.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
        one.kubectl("wait", "--for=condition=Established", "crd", "--all")
        yield one, two


def test_nothing_is_left_of_the_last(fresh: tuple[ControlPlane, ControlPlane]) -> None:
    one, two = fresh
    before = everything(one, ",sai"), everything(two)

    def run(command: str, target: str, *args: str) -> Result:
        flags = [f"--target-kubeconfig={one.kubeconfig}", f"--source-kubeconfig={two.kubeconfig}"]
        names = [f"--target-name={target}", f"--source-name=of-{target}"]
        result = CliRunner().invoke(main, [command, *flags, *names, *args], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result

    run("bootstrap", "first")
    run("bootstrap", "second", "--source-namespace=default")
    run("unbootstrap", "first", "--yes")
    left = everything(two)
    assert f"ValidatingAdmissionPolicyBinding /{POLICY}" in left
    assert f"Namespace /{SYSTEM}" in left
    assert f"Namespace /{SYSTEM}" in everything(one)
    # Somebody's binding outlives its service account: who takes that name next is under the policy.
    subject = f"--serviceaccount={SYSTEM}:by-hand"
    two.kubectl("create", "rolebinding", "by-hand", "--clusterrole=edit", subject)
    stays = run("unbootstrap", "second", "--yes").stderr
    assert "as there are rolebinding/by-hand in namespace default." in stays
    assert f"ValidatingAdmissionPolicy /{POLICY}" in everything(two)
    two.kubectl("delete", "rolebinding", "by-hand")
    run("unbootstrap", "second", "--yes")
    until(lambda: (everything(one, ",sai"), everything(two)) == before)


def test_an_installation_keeps_its_namespace(fresh: tuple[ControlPlane, ControlPlane]) -> None:
    one, two = fresh
    flags = [f"--target-kubeconfig={one.kubeconfig}", f"--source-kubeconfig={two.kubeconfig}"]
    assert CliRunner().invoke(main, ["bootstrap", *flags]).exit_code == 0
    one.kubectl("create", "deployment", "-n", SYSTEM, "hooks", "--image=hooks")
    result = CliRunner().invoke(main, ["unbootstrap", *flags, "--yes"])
    assert result.exit_code == 0, result.output
    assert "one: the namespace stays, with " in result.stderr
    assert "deployments/hooks" in result.stderr
    assert get(one, "namespace", SYSTEM)["status"]["phase"] == "Active"
    assert get(one, "deployment", "-n", SYSTEM, "hooks")


@pytest.mark.parametrize("side", [0, 1])
def test_bootstrap_while_a_namespace_still_goes(
    fresh: tuple[ControlPlane, ControlPlane], side: int
) -> None:
    goes = fresh[side]
    flags = [
        f"--{name}-kubeconfig={cluster.kubeconfig}"
        for name, cluster in zip(("target", "source"), fresh, strict=True)
    ]
    held = {"metadata": {"name": "held", "namespace": SYSTEM, "finalizers": ["example.com/held"]}}
    goes.kubectl("create", "namespace", SYSTEM)
    manifest = json.dumps({"apiVersion": "v1", "kind": "ConfigMap"} | held)
    goes.kubectl("create", "-f", "-", input=manifest)
    goes.kubectl("delete", "namespace", SYSTEM, "--wait=false")
    before = everything(fresh[0], ",sai"), everything(fresh[1])
    result = CliRunner().invoke(main, ["bootstrap", *flags])
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"Error: context {goes.name}: namespace {SYSTEM} is still being deleted: try again when it"
        " has gone.\n",
    )
    assert (everything(fresh[0], ",sai"), everything(fresh[1])) == before
    released = '{"metadata": {"finalizers": null}}'
    goes.kubectl("patch", "configmap", "-n", SYSTEM, "held", "--type=merge", "-p", released)
    until(lambda: f"Namespace /{SYSTEM}" not in everything(goes))
    assert CliRunner().invoke(main, ["bootstrap", *flags]).exit_code == 0
