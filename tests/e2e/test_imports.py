"""Imports under the real Metacontroller."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from mcsa_core.token import claims
from mcsa_hooks.serviceaccountimports.token_renewal import spread
from support.cluster import ClusterError
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.engine.stack import Import, Stack
from support.samples.aging import age

SYSTEM = "multicluster-service-account"
HOUR = 3600


def life(token: str) -> int:
    found = claims(token)
    assert found is not None
    return found.expires_at - found.issued_at


def test_import_before_credential(stack: Stack, namespace: str) -> None:
    early = Import(stack, namespace)
    early.create(clusterName="later")
    early.until("ClusterNotBootstrapped")
    assert early.secret() is None
    stack.bootstrap("--source-name=later")
    early.until("TokenIssued")
    assert until(early.who) == f"system:serviceaccount:{namespace}:pod-lister"


def test_secret(imported: Import) -> None:
    found = imported.secret()
    parent = get(imported.stack.cluster1, "sai", "-n", imported.namespace, imported.name)
    owner = found["metadata"]["ownerReferences"]
    assert [(o["uid"], o["controller"]) for o in owner] == [(parent["metadata"]["uid"], True)]
    assert "annotations" not in found["metadata"]
    assert parent["status"]["observedGeneration"] == 1
    assert imported.token() not in json.dumps(parent)


def test_renewal(imported: Import) -> None:
    where = (imported.stack, imported.namespace, imported.secret_name)
    old = age(*where, 20 * HOUR, 24 * HOUR)
    until(lambda: imported.token() != old)
    assert life(imported.token()) == 24 * HOUR
    assert imported.who()


def test_renewal_by_resync(stack: Stack, introduced: None, namespace: str) -> None:
    short = Import(stack, namespace)
    short.create(expirationSeconds=600)
    short.until("TokenIssued")
    first = until(short.secret)
    uid = get(stack.cluster1, "sai", "-n", namespace, short.name)["metadata"]["uid"]
    due = int(600 * (2 / 3 - 0.1 * spread(uid)))
    old = age(stack, namespace, short.secret_name, due - 5, 600)
    assert until(short.secret)["metadata"]["uid"] == first["metadata"]["uid"]
    until(lambda: short.token() != old)


TAMPERING: dict[str, Callable[[Any], None]] = {
    "a key is gone": lambda s: s["data"].pop("config"),
    "a key is changed": lambda s: s["data"].update(server="aHR0cHM6Ly9ldmls"),
    "the token is changed": lambda s: s["data"].update(token="Z2FyYmFnZQ=="),
    "our label is gone": lambda s: s["metadata"]["labels"].pop(
        "multicluster.admiralty.io/service-account-import.name"
    ),
}


@pytest.mark.parametrize("tamper", TAMPERING.values(), ids=TAMPERING)
def test_tampering(imported: Import, tamper: Callable[[Any], None]) -> None:
    def shape() -> Any:
        found = imported.secret()
        return {**decoded(found), "token": "", "config": ""}, found["metadata"]["labels"]

    before = shape()
    changed = imported.secret()
    tamper(changed)
    imported.stack.cluster1.kubectl("replace", "-f", "-", input=json.dumps(changed))
    until(lambda: shape() == before)
    assert until(imported.who)


def test_a_deleted_secret_comes_back(imported: Import) -> None:
    old = imported.secret()
    imported.stack.cluster1.kubectl(
        "delete", "secret", "-n", imported.namespace, imported.secret_name
    )
    new = until(imported.secret)
    assert new["metadata"]["uid"] != old["metadata"]["uid"]
    assert imported.who()


def test_a_deleted_import_takes_its_secret_along(imported: Import) -> None:
    imported.stack.cluster1.kubectl("delete", "sai", "-n", imported.namespace, imported.name)
    until(lambda: imported.secret() is None)


def test_the_account_is_deleted_and_recreated(imported: Import) -> None:
    account = ("serviceaccount", "-n", imported.namespace, "pod-lister")
    imported.stack.cluster2.kubectl("delete", *account)
    imported.until_touched("ServiceAccountNotFound")
    until(lambda: imported.secret() is None)
    imported.stack.cluster2.kubectl("create", *account)
    imported.until("TokenIssued")
    assert until(imported.secret)
    assert imported.who()


def test_the_account_is_replaced_unnoticed(imported: Import) -> None:
    old = imported.token()
    account = ("serviceaccount", "-n", imported.namespace, "pod-lister")
    imported.stack.cluster2.kubectl("delete", *account)
    imported.stack.cluster2.kubectl("create", *account)

    def is_replaced() -> bool:
        imported.touch()
        return imported.token() != old

    until(is_replaced)
    assert imported.who()


FOREIGN: dict[str, Any] = {
    "un-owned": {},
    "of another type": {"type": "example.com/other"},
    "immutable": {"immutable": True},
    "with another controller": {
        "metadata": {
            "ownerReferences": [
                {
                    "apiVersion": "v1",
                    "kind": "Namespace",
                    "name": "default",
                    "uid": "",
                    "controller": True,
                }
            ]
        }
    },
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_somebody_elses_secret(stack: Stack, introduced: None, namespace: str, change: Any) -> None:
    created = Import(stack, namespace)
    metadata = {"namespace": namespace, "name": created.secret_name}
    owners = change.get("metadata", {}).get("ownerReferences", [])
    uid = get(stack.cluster1, "namespace", "default")["metadata"]["uid"]
    references = [owner | {"uid": uid} for owner in owners]
    body = {"apiVersion": "v1", "kind": "Secret", "stringData": {"a": "b"}} | change
    body |= {"metadata": metadata | ({"ownerReferences": references} if references else {})}
    stack.cluster1.kubectl("create", "-f", "-", input=json.dumps(body))
    before = created.secret()
    created.create()
    created.until("SecretConflict")
    assert created.secret() == before
    stack.cluster1.kubectl("delete", "secret", "-n", namespace, created.secret_name)
    created.until("TokenIssued")
    assert until(created.secret)
    assert created.who()


def test_secrets_made_at_the_same_time(stack: Stack, introduced: None, namespace: str) -> None:
    """Before Metacontroller can have seen them: the API server decides."""
    imports = [Import(stack, namespace, f"n{number}") for number in range(40)]
    pairs = []
    for one in imports:
        metadata = {"namespace": namespace, "name": one.secret_name}
        by_hand = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
        pairs += [one.manifest(), by_hand | {"stringData": {"by": "hand"}}]
    with suppress(ClusterError):
        together = {"apiVersion": "v1", "kind": "List", "items": pairs}
        stack.cluster1.kubectl("create", "-f", "-", input=json.dumps(together))
    found = {
        s["metadata"]["name"]: s for s in get(stack.cluster1, "secrets", "-n", namespace)["items"]
    }
    for one in imports:
        secret = found.get(one.secret_name)
        one.until("SecretConflict" if secret and "by" in secret["data"] else "TokenIssued")
    for name, secret in found.items():
        if "by" in secret["data"]:
            assert get(stack.cluster1, "secret", "-n", namespace, name) == secret
            assert set(secret["data"]) == {"by"}


def test_not_allowed(stack: Stack, introduced: None, namespace: str) -> None:
    thief = Import(stack, namespace)
    thief.create(namespace=SYSTEM, name="cluster1")
    thief.until("NotAllowed")
    assert thief.secret() is None


def test_secrets_that_a_tenant_labels_as_the_imports(imported: Import) -> None:
    """Metacontroller would send them all to the hook, which refuses requests of that size."""
    cluster, namespace = imported.stack.cluster1, imported.namespace
    role = ("tenant", "-n", namespace, "--verb=*", "--resource=secrets")
    cluster.kubectl("create", "role", *role)
    binding = ("tenant", "-n", namespace, "--role=tenant", "--user=tenant")
    cluster.kubectl("create", "rolebinding", *binding)
    uid = get(cluster, "sai", "-n", namespace, imported.name)["metadata"]["uid"]
    for number in range(12):
        labels = {"controller-uid": uid}
        # Metacontroller deletes what the hook does not ask for: a finalizer keeps it.
        finalizers = ["example.com/kept"]
        metadata = {"name": f"large-{number}", "labels": labels, "finalizers": finalizers}
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
        large = json.dumps(body | {"stringData": {"large": "x" * 1_000_000}})
        with suppress(ClusterError):
            cluster.kubectl("create", "--as=tenant", "-n", namespace, "-f", "-", input=large)
    old = age(imported.stack, namespace, imported.secret_name, 20 * HOUR, 24 * HOUR)
    until(lambda: imported.token() != old)


def test_no_loop(imported: Import) -> None:
    """A steady import costs no write: its versions stay as they are while others come and go."""

    def versions() -> Any:
        parent = get(imported.stack.cluster1, "sai", "-n", imported.namespace, imported.name)
        return parent["metadata"]["resourceVersion"], imported.secret()

    imported.touch()
    before = versions()
    other = Import(imported.stack, imported.namespace, "other")
    other.create(name="pod-lister")
    other.until("TokenIssued")
    assert versions() == before
