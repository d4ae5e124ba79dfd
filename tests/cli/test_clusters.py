"""`kubemcsa clusters` of a real cluster, and `kubemcsa status` of one namespace."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from click.testing import Result

from conftest import Kubemcsa
from kubemcsa.introduction.objects import renewal
from kubemcsa.introduction.scope import Scope
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.identities import SYSTEM
from support.cluster.loopback import free_ports
from support.cluster.reading import get
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

Run = Callable[..., Result]
IMPORT = "serviceaccountimport.multicluster.admiralty.io"


@pytest.fixture(scope="module")
def module_target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A target of this module's own: the commands tell of all that is registered."""
    with ControlPlane("listing", tmp_path_factory.mktemp("listing")) as cluster:
        cluster.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
        listed = ("get", "--raw", "/apis/multicluster.admiralty.io/v1alpha1/serviceaccountimports")
        until(lambda: cluster.kubectl(*listed, check=False))
        cluster.kubectl("create", "namespace", SYSTEM)
        yield cluster


@pytest.fixture
def target(module_target: ControlPlane) -> Iterator[ControlPlane]:
    """It, with nothing in it before and after."""
    yield module_target
    module_target.kubectl("delete", "sai", "-A", "--all")
    module_target.kubectl("delete", "secrets", "-n", SYSTEM, "--all")


@pytest.fixture
def run(kubemcsa: Kubemcsa, target: ControlPlane, cluster2: ControlPlane) -> Run:
    def run(*args: str) -> Result:
        result = kubemcsa(*args, contexts=[target, cluster2])
        assert "eyJ" not in result.output
        return result

    return run


def bootstrap(run: Run, *args: str) -> None:
    result = run("bootstrap", "listing", "cluster2", *args)
    assert result.exit_code == 0, result.output
    assert run("sync", "-n", SYSTEM).exit_code == 0


def create(target: ControlPlane, name: str, namespace: str, cluster: str = "cluster2") -> None:
    manifest = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"clusterName": cluster, "namespace": "default", "name": "missing"},
    }
    target.kubectl("create", "-f", "-", input=json.dumps(manifest))


def register(target: ControlPlane, name: str, *literals: str) -> None:
    flags = [f"--from-literal={literal}" for literal in literals]
    target.kubectl("create", "secret", "generic", "-n", SYSTEM, name, *flags)


def cells(line: str) -> list[str]:
    return re.split("  +", line)


def test_nothing_is_registered(run: Run) -> None:
    result = run("clusters")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "context listing: no cluster is registered: run kubemcsa bootstrap --target-context listing"
        " --source-context CONTEXT --service-account NAMESPACE/NAME.\n"
    )


def test_registered_clusters(run: Run, target: ControlPlane, cluster2: ControlPlane) -> None:
    """By bootstrap, by hand, by an import only; other Secrets of the namespace are none."""
    cluster2.kubectl("create", "namespace", "listed")
    bootstrap(run, "--service-account=default/pod-lister", "--source-namespace=listed")
    config = cluster2.kubeconfig.read_text()
    register(target, "by-hand", f"config={config}")
    register(target, "unusable", "config=users: [{token: very-secret}]")
    register(target, "mcsa-hooks-token", "token=very-secret")
    register(target, "x-token-abcde", f"config={config}")
    target.kubectl(
        "create",
        "secret",
        "generic",
        "-n",
        SYSTEM,
        "typed",
        "--type=a/b",
        "--from-literal=config=a",
    )
    create(target, "mine", "default", "nowhere")
    expires = get(target, "sai", "-n", SYSTEM, "cluster2")["status"]["expirationTimestamp"]
    result = run("clusters")
    assert (result.exit_code, result.stderr) == (0, "")
    server, scope = cluster2.server, "default/pod-lister, listed/*"
    assert [cells(line) for line in result.stdout.splitlines()] == [
        ["CLUSTER", "SERVER", "RENEWED BY", "EXPIRES", "IMPORTS READY", "MAY IMPORT"],
        ["by-hand", server, "hand", "never", "0/0", "unknown"],
        ["cluster2", server, "import", expires, "1/1", scope],
        ["nowhere", "-", "-", "-", "0/1", "unknown"],
        ["unusable", "-", "-", "-", "0/0", "unknown"],
    ]
    assert "very-secret" not in result.output
    assert run("clusters", "-o=name").stdout == "by-hand\ncluster2\nnowhere\nunusable\n"
    listed = json.loads(run("clusters", "-o=json").stdout)
    assert run("clusters", "-o=yaml").stdout == yaml.safe_dump(listed, sort_keys=False)
    # One owner: scripts get the same from both commands.
    report = json.loads(run("status", "-o=json").stdout)
    assert listed == {key: report[key] for key in ("context", "clusters")}
    assert listed["clusters"][1]["mayImport"] == ["default/pod-lister", "listed/*"]


def test_the_scope_follows_bootstrap(run: Run, target: ControlPlane) -> None:
    bootstrap(run, "--target-name=follows", "--service-account=default/a")
    run("bootstrap", "listing", "cluster2", "--target-name=follows", "--service-account=default/b")
    assert cells(run("clusters").stdout.splitlines()[1])[-1] == "default/a, default/b"
    run("bootstrap", "listing", "cluster2", "--target-name=follows", "--all-service-accounts")
    assert cells(run("clusters").stdout.splitlines()[1])[-1] == "all"
    target.kubectl("annotate", "sai", "-n", SYSTEM, "cluster2", "multicluster.admiralty.io/scope-")
    assert cells(run("clusters").stdout.splitlines()[1])[-1] == "unknown"


@pytest.mark.parametrize(
    ("scope", "annotation"),
    [
        (Scope(limited=False), "*"),
        (Scope(), ""),
        (Scope((("a", "b"), ("c", "d")), ("c",)), "a/b,c/*"),
        (
            Scope(tuple(("a", f"b{number}") for number in range(100, 700))),
            ",".join(f"a/b{number}" for number in range(100, 600)) + ",...",
        ),
    ],
)
def test_how_bootstrap_writes_the_scope(scope: Scope, annotation: str) -> None:
    assert renewal("cluster2", "cluster1", 3600, scope)["metadata"]["annotations"] == {
        "multicluster.admiralty.io/scope": annotation
    }


def test_a_long_scope_is_cut(run: Run, target: ControlPlane) -> None:
    bootstrap(run, "--target-name=long-scope", "--service-account=default/a")
    names = ",".join(f"default/a{number}" for number in range(11))
    annotation = f"multicluster.admiralty.io/scope={names}"
    target.kubectl("annotate", "--overwrite", "sai", "-n", SYSTEM, "cluster2", annotation)
    shown = cells(run("clusters").stdout.splitlines()[1])[-1].split(", ")
    assert shown == [f"default/a{number}" for number in range(10)] + ["..."]
    target.kubectl(
        "annotate",
        "--overwrite",
        "sai",
        "-n",
        SYSTEM,
        "cluster2",
        "multicluster.admiralty.io/scope=",
    )
    assert cells(run("clusters").stdout.splitlines()[1])[-1] == "nothing"


def test_a_credential_that_nothing_renews_any_more(run: Run, target: ControlPlane) -> None:
    bootstrap(run, "--target-name=orphaned")
    target.kubectl("delete", "sai", "-n", SYSTEM, "cluster2")
    assert cells(run("clusters").stdout.splitlines()[1])[2] == "nothing"
    result = run("status")
    assert result.exit_code == 1
    assert "cluster cluster2: no import renews its credential, which expires at" in result.stderr


def test_a_cluster_without_imports_is_judged(
    run: Run, target: ControlPlane, cluster2: ControlPlane
) -> None:
    register(target, "good", f"config={cluster2.kubeconfig.read_text()}")
    assert run("status").exit_code == 0
    register(target, "unusable", "config=a")
    result = run("status")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"cluster unusable: the credential in Secret {SYSTEM}/unusable")


def test_status_of_a_namespace(run: Run, target: ControlPlane) -> None:
    bootstrap(run, "--target-name=of-a-namespace")
    target.kubectl("create", "namespace", "apps")
    create(target, "here", "default")
    create(target, "there", "apps", "elsewhere")
    run("sync", "-A")
    result = run("status", "-n=default")
    assert result.exit_code == 1
    [_, line] = result.stdout.splitlines()
    assert [cells(line)[0], cells(line)[3]] == ["cluster2", "1/2"]
    assert result.stderr.startswith("default/here: ServiceAccountNotFound: ")
    assert len(result.stderr.splitlines()) == 1
    named = run("status", "-n", "default", "-o", "name")
    assert (named.exit_code, named.stdout) == (1, f"{IMPORT}/here\n")
    assert named.stderr == result.stderr
    assert run("status", "-o=name").stdout == f"{IMPORT}/there\n{IMPORT}/here\n"
    assert run("status", "-n", SYSTEM).exit_code == 0
    target.kubectl("delete", "sai", "-n", "apps", "there")
    target.kubectl("delete", "namespace", "apps", "--wait=false")


def test_clusters_that_can_not_be_read(
    kubemcsa: Kubemcsa, module_target: ControlPlane, cluster2: ControlPlane, tmp_path: Any
) -> None:
    config = tmp_path / "config"
    server = f"https://127.0.0.1:{free_ports(1)[0]}"
    config.write_text(module_target.kubeconfig.read_text().replace(module_target.server, server))
    result = kubemcsa("clusters", f"--kubeconfig={config}", contexts=[])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: context listing: cannot reach {server}: ")
    result = kubemcsa("clusters", contexts=[cluster2])
    assert result.exit_code == 1
    assert "the cluster does not know ServiceAccountImports" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (
            ["status", "-n", "empty"],
            0,
            "context listing: namespace empty has no imports: leave out -n for those of all"
            " namespaces.\n",
        ),
        (
            ["clusters", "cluster2"],
            2,
            "Usage: main clusters [OPTIONS]\nTry 'main clusters --help' for help.\n\n"
            "Error: Got unexpected extra argument (cluster2)\n",
        ),
        (
            ["clusters", "-o=wide"],
            2,
            "Usage: main clusters [OPTIONS]\nTry 'main clusters --help' for help.\n\n"
            "Error: Invalid value for '-o' / '--output': 'wide' is not one of 'yaml', 'json',"
            " 'name'.\n",
        ),
        (
            ["clusters", "--kubeconfg=a"],
            2,
            "Usage: main clusters [OPTIONS]\nTry 'main clusters --help' for help.\n\n"
            "Error: No such option '--kubeconfg'. Did you mean '--kubeconfig'?\n",
        ),
        (
            ["cluster"],
            2,
            "Usage: main [OPTIONS] COMMAND [ARGS]...\nTry 'main --help' for help.\n\n"
            "Error: No such command 'cluster'. Did you mean clusters?\n",
        ),
    ],
)
def test_mistakes(run: Run, arguments: list[str], code: int, sentence: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", sentence)
