"""`kubemcsa bootstrap` where other people's objects have the names that it would use."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import Result

from conftest import Kubemcsa
from support.cluster import ControlPlane
from support.cluster.identities import SYSTEM
from support.cluster.reading import get

pytestmark = pytest.mark.cluster

KINDS = (
    "namespaces,serviceaccounts,secrets,clusterroles,clusterrolebindings,roles,rolebindings,"
    "validatingadmissionpolicies,validatingadmissionpolicybindings"
)
POLICY = "multicluster-service-account-tokens"
OURS = "app.kubernetes.io/managed-by"

Run = Callable[..., Result]


@pytest.fixture
def run(kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane) -> Run:
    """Runs a command for a target of that name and a source of its own."""

    def run(command: str, target_name: str, *args: str) -> Result:
        names = (f"--target-name={target_name}", f"--source-name=of-{target_name}")
        clusters = [cluster1, cluster2]
        return kubemcsa(command, "cluster1", "cluster2", *names, *args, contexts=clusters)

    return run


@pytest.fixture
def versions(cluster1: ControlPlane, cluster2: ControlPlane) -> Callable[[], Any]:
    """Which objects there are in both clusters, and their versions."""

    def look() -> Any:
        return [
            {
                f"{o['kind']} {o['metadata'].get('namespace')}/{o['metadata']['name']}": o[
                    "metadata"
                ]["resourceVersion"]
                for o in get(cluster, KINDS, "-A")["items"]
            }
            for cluster in (cluster1, cluster2)
        ]

    return look


def refused(result: Result, named: str, target_name: str) -> None:
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"Error: context cluster2: {named} exists and was not made by kubemcsa: add --target-name"
        f" {target_name}-target, for example.\n",
    )


@pytest.mark.parametrize("flags", [(), ("--dry-run",), ("--target-manifests=-",)])
def test_a_cluster_role_binding_of_kubernetes(
    run: Run, introduced: None, versions: Callable[[], Any], flags: tuple[str, ...]
) -> None:
    before = versions()
    result = run("bootstrap", "cluster-admin", *flags)
    refused(result, "clusterrolebinding/cluster-admin", "cluster-admin")
    assert versions() == before


def test_it_is_not_taken_back_either(
    run: Run, introduced: None, versions: Callable[[], Any]
) -> None:
    before = versions()
    result = run("unbootstrap", "cluster-admin", "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert versions() == before


@pytest.mark.parametrize(
    ("kind", "where"),
    [("role", SYSTEM), ("rolebinding", SYSTEM), ("role", "scope"), ("rolebinding", "scope")],
)
def test_roles_and_bindings_of_others(
    run: Run,
    introduced: None,
    cluster2: ControlPlane,
    namespace: str,
    versions: Callable[[], Any],
    kind: str,
    where: str,
) -> None:
    target_name = namespace.rpartition("-")[2]
    name = f"{SYSTEM}:{target_name}"
    where = namespace if where == "scope" else where
    gives = {
        "role": ("--verb=list", "--resource=pods"),
        "rolebinding": ("--clusterrole=view", "--user=alice"),
    }
    cluster2.kubectl("create", kind, name, "-n", where, *gives[kind])
    before = versions()
    result = run("bootstrap", target_name, f"--source-namespace={namespace}")
    in_namespace = "" if where == SYSTEM else f" in namespace {where}"
    refused(result, f"{kind}/{name}{in_namespace}", target_name)
    assert versions() == before


def test_a_service_account_of_others(
    run: Run, introduced: None, cluster2: ControlPlane, versions: Callable[[], Any]
) -> None:
    cluster2.kubectl("create", "serviceaccount", "-n", SYSTEM, "somebodys")
    before = versions()
    result = run("bootstrap", "somebodys", "--source-namespace=default")
    refused(result, "serviceaccount/somebodys", "somebodys")
    assert versions() == before


def test_an_identity_that_was_made_anew_by_hand(
    run: Run, introduced: None, cluster2: ControlPlane
) -> None:
    """It has the rights of an earlier run, so it is what it was."""
    assert run("bootstrap", "anew", "--source-namespace=default").exit_code == 0
    for command in ("delete", "create"):
        cluster2.kubectl(command, "serviceaccount", "-n", SYSTEM, "anew")
    assert run("bootstrap", "anew", "--source-namespace=default").exit_code == 0
    assert OURS in get(cluster2, "serviceaccount", "-n", SYSTEM, "anew")["metadata"]["labels"]


@pytest.fixture(params=["validatingadmissionpolicy", "validatingadmissionpolicybinding"])
def policy_of_others(
    request: pytest.FixtureRequest, introduced: None, cluster2: ControlPlane
) -> Iterator[str]:
    """A kind, the object of which has our policy's name, and not our label."""
    cluster2.kubectl("label", request.param, POLICY, f"{OURS}-")
    yield request.param
    cluster2.kubectl("label", request.param, POLICY, f"{OURS}=kubemcsa")


def test_a_policy_of_others(run: Run, policy_of_others: str, versions: Callable[[], Any]) -> None:
    before = versions()
    result = run("bootstrap", "policed")
    assert (result.exit_code, result.stderr) == (
        1,
        f"Error: context cluster2: {policy_of_others}/{POLICY} exists and was not made by kubemcsa:"
        " give it another name or, if it is not needed, run kubectl --context cluster2 delete"
        f" {policy_of_others} {POLICY} first.\n",
    )
    assert versions() == before


def test_names_as_the_original_gave_them(
    run: Run, introduced: None, cluster2: ControlPlane
) -> None:
    """Its identity, its binding and its role become ours."""
    subject = {"kind": "ServiceAccount", "namespace": SYSTEM, "name": "inherited"}
    group = "rbac.authorization.k8s.io"
    role = "service-account-import-controller-remote"
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "inherited"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }
    cluster2.kubectl("create", "-f", "-", input=json.dumps(binding))
    cluster2.kubectl("create", "serviceaccount", "-n", SYSTEM, "inherited")
    cluster2.kubectl("label", "clusterrole", role, f"{OURS}-", check=False)
    assert run("bootstrap", "inherited").exit_code == 0
    for named in (("serviceaccount", "-n", SYSTEM), ("clusterrolebinding",)):
        labels = get(cluster2, *named, "inherited")["metadata"]["labels"]
        assert labels == {OURS: "kubemcsa"}
    assert get(cluster2, "clusterrole", role)["metadata"]["labels"] == {OURS: "kubemcsa"}
