"""The policy on the annotation of namespaces, on a real API server."""

import json

import pytest

from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

POLICY = ROOT / "metacontroller" / "namespaces" / "policy.yaml"
ANNOTATE = "multicluster.admiralty.io/service-account-imports=a/b/c"
REMOVE = "multicluster.admiralty.io/service-account-imports-"
BIND = ("create", "rolebinding", "alice", "--role=importer", "--user=alice", "-n")
SAID = (
    "annotation multicluster.admiralty.io/service-account-imports: alice needs the verb import on"
    " all serviceaccounts.remote.multicluster.admiralty.io in namespace"
)


@pytest.fixture
def alice(cluster1: ControlPlane, namespace: str) -> str:
    """A namespace that alice may edit, under the policy."""
    cluster1.kubectl("apply", "-f", str(POLICY))
    editor = (
        "clusterrole",
        "namespaces-editor",
        "--verb=get,update,patch",
        "--resource=namespaces",
    )
    cluster1.kubectl("create", *editor, check=False)
    binding = ("clusterrolebinding", "alice", "--clusterrole=namespaces-editor", "--user=alice")
    cluster1.kubectl("create", *binding, check=False)
    until(lambda: SAID in refusal(cluster1, namespace))
    return namespace


def refusal(cluster1: ControlPlane, namespace: str, *args: str) -> str:
    """What alice is told; empty if she is let."""
    change = args or ("annotate", "--dry-run=server", "namespace", namespace, ANNOTATE)
    try:
        cluster1.kubectl(*change, "--as=alice")
    except ClusterError as error:
        return str(error)
    return ""


def test_refused_without_the_right(cluster1: ControlPlane, alice: str) -> None:
    assert f"{SAID} {alice}." in refusal(cluster1, alice)


def test_other_changes_are_nobodys_business(cluster1: ControlPlane, alice: str) -> None:
    assert refusal(cluster1, alice, "annotate", "namespace", alice, "other=1") == ""
    cluster1.kubectl("annotate", "namespace", alice, ANNOTATE)
    assert refusal(cluster1, alice, "label", "namespace", alice, "other=1") == ""
    assert SAID in refusal(
        cluster1, alice, "annotate", "namespace", alice, ANNOTATE.split("=", maxsplit=1)[0] + "-"
    )


@pytest.mark.parametrize("subresource", ["status", "finalize"])
def test_no_way_around_by_a_subresource(
    cluster1: ControlPlane, alice: str, subresource: str
) -> None:
    role = ("clusterrole", "subresources", "--verb=get,update,patch")
    resources = "--resource=namespaces/status,namespaces/finalize"
    cluster1.kubectl("create", *role, resources, check=False)
    binding = ("clusterrolebinding", "alice-too", "--clusterrole=subresources", "--user=alice")
    cluster1.kubectl("create", *binding, check=False)
    body = get(cluster1, "namespace", alice)
    key, _, value = ANNOTATE.partition("=")
    body["metadata"]["annotations"] = {key: value}
    path = f"/api/v1/namespaces/{alice}/{subresource}"
    with pytest.raises(ClusterError, match="needs the verb import"):
        cluster1.kubectl(
            "replace", f"--raw={path}", "--as=alice", "-f", "-", input=json.dumps(body)
        )


def test_who_makes_an_import_never_changes(cluster1: ControlPlane, alice: str) -> None:
    manifest = f"""
apiVersion: multicluster.admiralty.io/v1alpha1
kind: ServiceAccountImport
metadata: {{name: by-hand, namespace: {alice}}}
spec: {{clusterName: a, namespace: b, name: c}}
"""
    cluster1.kubectl("create", "-f", "-", input=manifest)
    mark = "metacontroller.k8s.io/decorator-controller=namespaces"
    with pytest.raises(ClusterError, match="says who makes the import"):
        cluster1.kubectl("annotate", "sai", "-n", alice, "by-hand", mark)
    cluster1.kubectl("annotate", "sai", "-n", alice, "by-hand", "other=1")


def test_allowed_with_the_right(cluster1: ControlPlane, alice: str) -> None:
    role = f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: importer, namespace: {alice}}}
rules:
- {{apiGroups: [remote.multicluster.admiralty.io], resources: [serviceaccounts], verbs: [import]}}
"""
    cluster1.kubectl("apply", "-f", "-", input=role)
    cluster1.kubectl(
        "create", "rolebinding", "-n", alice, "alice", "--role=importer", "--user=alice"
    )
    until(lambda: refusal(cluster1, alice) == "")


def test_all_of_the_crds_group_is_not_enough(cluster1: ControlPlane, alice: str) -> None:
    role = ("create", "role", "-n", alice, "importer", "--verb=*")
    cluster1.kubectl(*role, "--resource=*.multicluster.admiralty.io")
    cluster1.kubectl(*BIND, alice)
    can = ("auth", "can-i", "delete", "sai", "-n", alice, "--as=alice")
    until(lambda: cluster1.kubectl(*can, check=False) == "yes\n")
    assert SAID in refusal(cluster1, alice)


def test_one_account_is_not_enough(cluster1: ControlPlane, alice: str) -> None:
    role = f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: importer, namespace: {alice}}}
rules:
- apiGroups: [remote.multicluster.admiralty.io]
  resources: [serviceaccounts]
  resourceNames: [a/b/c]
  verbs: [import]
"""
    cluster1.kubectl("apply", "-f", "-", input=role)
    cluster1.kubectl(
        "create", "rolebinding", "-n", alice, "alice", "--role=importer", "--user=alice"
    )
    assert SAID in refusal(cluster1, alice)


def test_an_annotation_that_is_too_long(cluster1: ControlPlane, alice: str) -> None:
    key = ANNOTATE.partition("=")[0]
    annotate = ("annotate", "--overwrite", "namespace", alice)
    longest = "a/b/c".ljust(4096, ",")
    cluster1.kubectl(*annotate, f"{key}={longest}")
    with pytest.raises(ClusterError, match="can have at most 4096 characters"):
        cluster1.kubectl(*annotate, f"{key}={longest},")
    body = {"apiVersion": "v1", "kind": "Namespace"}
    metadata = {"name": f"{alice}-too", "annotations": {key: "," * 250_000}}
    with pytest.raises(ClusterError, match="can have at most 4096 characters"):
        cluster1.kubectl("create", "-f", "-", input=json.dumps(body | {"metadata": metadata}))


def test_administrators_may(cluster1: ControlPlane, alice: str) -> None:
    cluster1.kubectl("annotate", "namespace", alice, ANNOTATE)
