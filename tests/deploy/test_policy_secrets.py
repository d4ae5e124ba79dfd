"""The policy on Secrets that imports control, on a real API server."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mcsa_core.names import API_VERSION, KIND
from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

POLICY = ROOT / "deploy" / "policy-secrets.yaml"
SAID = "an import does not take over a Secret that is there already"
UID = "11111111-1111-1111-1111-111111111111"
Put = Callable[..., str]


def owner(uid: str = UID, **rest: Any) -> dict[str, Any]:
    named = {"apiVersion": API_VERSION, "kind": KIND, "name": "a", "uid": uid, "controller": True}
    return named | rest


@pytest.fixture
def put(cluster1: ControlPlane, namespace: str) -> Put:
    """Makes a Secret and changes it, under the policy; what is said of the change."""

    def run(before: dict[str, Any], after: dict[str, Any]) -> str:
        def body(**metadata: Any) -> str:
            named = {"name": "held", "namespace": namespace} | metadata
            return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": named})

        cluster1.kubectl("delete", "secret", "-n", namespace, "held", "--ignore-not-found")
        cluster1.kubectl("create", "-f", "-", input=body(**before))
        try:
            cluster1.kubectl("replace", "-f", "-", input=body(**after))
        except ClusterError as error:
            return str(error)
        return ""

    cluster1.kubectl("apply", "-f", str(POLICY))
    until(lambda: SAID in run({}, {"ownerReferences": [owner()]}))
    return run


def test_an_import_takes_over_nobodys_secret(put: Put) -> None:
    others = owner("22222222-2222-2222-2222-222222222222", kind="Other", controller=False)
    for before in (
        {},
        {"labels": {"controller-uid": "another"}},
        {"ownerReferences": [others]},
        {"ownerReferences": [owner(apiVersion="example.com/v1")]},
    ):
        assert SAID in put(before, before | {"ownerReferences": [owner()]})


def test_by_server_side_apply(put: Put, cluster1: ControlPlane, namespace: str) -> None:
    cluster1.kubectl("delete", "secret", "-n", namespace, "held")
    cluster1.kubectl("create", "secret", "generic", "-n", namespace, "held", "--from-literal=a=b")
    before = get(cluster1, "secret", "-n", namespace, "held")
    metadata = {"name": "held", "namespace": namespace, "ownerReferences": [owner()]}
    wanted = json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": metadata})
    apply = ("apply", "--server-side", "--force-conflicts", "-f", "-")
    with pytest.raises(ClusterError, match=SAID):
        cluster1.kubectl(*apply, input=wanted)
    assert get(cluster1, "secret", "-n", namespace, "held") == before


def others(count: int) -> list[dict[str, Any]]:
    return [owner(str(number), kind="Other", controller=False) for number in range(count)]


def test_among_many_owners(put: Put) -> None:
    assert SAID in put(
        {"ownerReferences": others(999)}, {"ownerReferences": [*others(999), owner()]}
    )
    assert SAID in put({"ownerReferences": others(1001)}, {"ownerReferences": [owner()]})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"labels": {"other": "1"}}),
        (
            {"ownerReferences": others(1000)},
            {"ownerReferences": [*others(1000), owner()]},
        ),
        ({}, {"ownerReferences": [owner(kind="Other")]}),
        ({}, {"ownerReferences": [owner(controller=False)]}),
        ({"ownerReferences": [owner()]}, {"ownerReferences": [owner()], "labels": {"a": "b"}}),
        ({"ownerReferences": [owner()]}, {"ownerReferences": [owner("another")]}),
        ({"ownerReferences": [owner()]}, {}),
        ({"labels": {"controller-uid": UID}}, {"ownerReferences": [owner()]}),
    ],
    ids=[
        "somebody else's",
        "more owners than are looked at",
        "another owner",
        "not the controller",
        "an import's own",
        "an import that was made anew",
        "let go",
        "an import's that has lost its owner",
    ],
)
def test_what_else_becomes_of_secrets(
    put: Put, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert put(before, after) == ""
