"""The policy on the label by which Metacontroller takes Secrets for an import's."""

import json
from collections.abc import Callable, Iterator

import pytest

from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

POLICY = ROOT / "deploy" / "policy-secrets.yaml"
SAID = (
    "label controller-uid is for Secrets that Metacontroller makes: remove it, or see that you may"
    " update serviceaccountimports.multicluster.admiralty.io/status in all namespaces."
)
GROUP = "multicluster.admiralty.io"
SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}
IMPORTS = {"apiGroups": [GROUP], "resources": ["serviceaccountimports"], "verbs": ["*"]}
ALL_OF_THAT_GROUP = {"apiGroups": [GROUP], "resources": ["*"], "verbs": ["*"]}
STATUS = {"apiGroups": [GROUP], "resources": ["serviceaccountimports/status"], "verbs": ["update"]}
Try = Callable[..., str]


@pytest.fixture
def attempt(cluster1: ControlPlane, namespace: str) -> Iterator[Try]:
    """Makes a Secret with that label as alice, who has a Role; what she is told."""
    cluster1.kubectl("apply", "-f", str(POLICY))
    rules = [SECRETS, IMPORTS]
    give(cluster1, namespace, "Role", rules)

    def run(command: str = "create", name: str = "hers", **labels: str) -> str:
        metadata = {"name": name, "namespace": namespace, "labels": labels}
        body = json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
        try:
            cluster1.kubectl(command, "--as=alice", "-f", "-", input=body)
        except ClusterError as error:
            return str(error)
        return ""

    until(lambda: SAID in run(**{"controller-uid": "1"}))
    yield run
    cluster1.kubectl("delete", "clusterrolebinding,clusterrole", "alice", "--ignore-not-found")


def give(
    cluster: ControlPlane, namespace: str, kind: str, rules: list[dict[str, list[str]]]
) -> None:
    """Alice has that Role, or ClusterRole."""
    api = "rbac.authorization.k8s.io"
    metadata = {"name": "alice", "namespace": namespace if kind == "Role" else ""}
    common = {"apiVersion": f"{api}/v1", "metadata": metadata}
    role = common | {"kind": kind, "rules": rules}
    binding = common | {
        "kind": f"{kind}Binding",
        "roleRef": {"apiGroup": api, "kind": kind, "name": "alice"},
        "subjects": [{"apiGroup": api, "kind": "User", "name": "alice"}],
    }
    items = {"apiVersion": "v1", "kind": "List", "items": [role, binding]}
    cluster.kubectl("apply", "-f", "-", input=json.dumps(items))


def test_what_a_tenant_may_not_label(attempt: Try) -> None:
    assert attempt() == ""
    for command in ("create", "replace", "apply"):
        name = "other" if command == "create" else "hers"
        assert SAID in attempt(command, name, **{"controller-uid": "1"})
    assert attempt("replace", other="label") == ""


def test_not_even_with_all_of_that_group(
    cluster1: ControlPlane, namespace: str, attempt: Try
) -> None:
    give(cluster1, namespace, "Role", [SECRETS, ALL_OF_THAT_GROUP])
    can = ("auth", "can-i", "update", "serviceaccountimports", "--subresource=status", "--as=alice")
    until(lambda: cluster1.kubectl(*can, "-n", namespace, check=False) == "yes\n")
    assert SAID in attempt(**{"controller-uid": "1"})


def test_a_label_that_is_there_hinders_nobody(
    cluster1: ControlPlane, namespace: str, attempt: Try
) -> None:
    metadata = {"name": "hers", "namespace": namespace, "labels": {"controller-uid": "1"}}
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    cluster1.kubectl("create", "-f", "-", input=json.dumps(body))
    assert attempt("replace", other="label", **{"controller-uid": "1"}) == ""
    assert SAID in attempt("replace", **{"controller-uid": "2"})
    assert attempt("replace") == ""


def test_who_may_write_every_imports_status_may(
    cluster1: ControlPlane, namespace: str, attempt: Try
) -> None:
    give(cluster1, namespace, "ClusterRole", [STATUS])
    until(lambda: attempt(**{"controller-uid": "1"}) == "")
