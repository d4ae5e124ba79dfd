"""What becomes of tokens that the source no longer accepts, under the real Metacontroller."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from mcsa_core.names import SYSTEM_NAMESPACE, grant_name
from mcsa_core.token import Claims, claims
from support.cluster import ControlPlane
from support.cluster.api_client import session
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.engine.stack import Import, Stack
from support.loopback import hostile
from support.samples.aging import age

HOUR = 3600
GRANT = grant_name("cluster1")
RIGHTS = "service-account-import-controller-remote"
BASIC_USER = "system:basic-user"


def held(imported: Import) -> Claims:
    token = claims(imported.token())
    assert token is not None
    return token


def put(cluster: ControlPlane, manifest: dict[str, Any]) -> None:
    cluster.kubectl("create", "-f", "-", input=json.dumps(manifest))


def make_grant(cluster: ControlPlane, namespace: str) -> None:
    """As an administrator of the source makes it by hand."""
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": GRANT, "namespace": namespace},
        "type": "multicluster.admiralty.io/grant",
        "immutable": True,
    }
    put(cluster, manifest)


def is_refused(source: ControlPlane, token: str) -> bool:
    """Whether a real request with the token is answered 401."""
    with session(str(source.ca_file), token) as client:
        return client.get(f"{source.server}/api/v1/namespaces/default/pods").status_code == 401


@pytest.fixture
def limited(stack: Stack, introduced: None, namespace: str) -> Iterator[str]:
    """A cluster that is registered by hand, whose credential's token is bound to a grant.

    It is cluster2 by another name; its identity is an account of a namespace of its own.
    """
    name, own = f"limited-{namespace}", f"{namespace}-identity"
    source = stack.cluster2
    source.kubectl("create", "namespace", own)
    source.kubectl("create", "serviceaccount", "-n", own, "cluster1")
    subject = f"--serviceaccount={own}:cluster1"
    source.kubectl("create", "clusterrolebinding", own, f"--clusterrole={RIGHTS}", subject)
    for each in (own, namespace):
        make_grant(source, each)
    bound = ("--bound-object-kind=Secret", f"--bound-object-name={GRANT}")
    token = source.kubectl("create", "token", "-n", own, "cluster1", *bound).strip()
    data = secret.data(name, Access(Endpoint(source.server, source.ca), token, own))
    metadata = {"name": name, "namespace": SYSTEM_NAMESPACE}
    put(stack.cluster1, {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
    yield name
    stack.cluster1.kubectl("delete", "secret", "-n", SYSTEM_NAMESPACE, name)
    source.kubectl("delete", "clusterrolebinding", own)


def import_of(stack: Stack, namespace: str, cluster: str) -> Import:
    created = Import(stack, namespace, "limited")
    created.create(clusterName=cluster)
    created.until("TokenIssued")
    until(created.secret)
    return created


def test_a_grant_is_taken_back(stack: Stack, namespace: str, limited: str) -> None:
    """All that was bound to it is dead, and what is bound to another one goes on."""
    imported, source = import_of(stack, namespace, limited), stack.cluster2
    other = f"{namespace}-other"
    for cluster in (stack.cluster1, source):
        cluster.kubectl("create", "namespace", other)
    source.kubectl("create", "serviceaccount", "-n", other, "pod-lister")
    make_grant(source, other)
    goes_on = import_of(stack, other, limited)
    assert [held(each).secret_name for each in (imported, goes_on)] == [GRANT, GRANT]

    token = imported.token()
    assert not is_refused(source, token)
    source.kubectl("delete", "secret", "-n", namespace, GRANT)
    until(lambda: is_refused(source, token))
    imported.until_touched("Revoked")
    until(lambda: imported.secret() is None)
    before = goes_on.token()
    goes_on.touch()

    make_grant(source, namespace)
    imported.until_touched("TokenIssued")
    assert until(imported.who) == f"system:serviceaccount:{namespace}:pod-lister"
    assert (goes_on.token(), goes_on.condition()["reason"]) == (before, "TokenIssued")


def test_the_grant_of_the_credential_is_taken_back(
    stack: Stack, namespace: str, limited: str
) -> None:
    """There are no new tokens, and those of other grants are good until they expire."""
    imported = import_of(stack, namespace, limited)
    credential = get(stack.cluster1, "secret", "-n", SYSTEM_NAMESPACE, limited)
    stack.cluster2.kubectl("delete", "secret", "-n", f"{namespace}-identity", GRANT)
    until(lambda: is_refused(stack.cluster2, decoded(credential)["token"]))
    other = Import(stack, namespace, "new")
    other.create(clusterName=limited)
    other.until("CredentialInvalid")
    imported.touch()
    assert (imported.condition()["reason"], bool(imported.who())) == ("TokenIssued", True)


def test_a_token_of_before_is_bound(stack: Stack, namespace: str, limited: str) -> None:
    imported = import_of(stack, namespace, "cluster2")
    assert held(imported).secret_name is None
    age(stack, namespace, imported.secret_name, 600, 24 * HOUR)
    # The credential is replaced by one that names a grant.
    spec = json.dumps({"spec": {"clusterName": limited}})
    scope = ("-n", namespace, imported.name, "--type=merge", "-p", spec)
    stack.cluster1.kubectl("patch", "sai", *scope)
    until(lambda: held(imported).secret_name == GRANT)
    assert imported.who()


def test_a_role_is_taken_away(stack: Stack, namespace: str, limited: str) -> None:
    """That shows at the next renewal, and the token is good until it expires."""
    imported, own = import_of(stack, namespace, limited), f"{namespace}-identity"
    stack.cluster2.kubectl("delete", "clusterrolebinding", own)
    fresh = Import(stack, namespace, "new")
    fresh.create(clusterName=limited)
    fresh.until_touched("Forbidden")
    imported.touch()
    before = stack.syncs()
    imported.touch()
    until(lambda: stack.syncs() > before)
    assert imported.condition()["reason"] == "TokenIssued"

    old = age(stack, namespace, imported.secret_name, 20 * HOUR, 24 * HOUR)
    imported.until("Forbidden")
    assert (imported.token(), bool(imported.who())) == (old, True)
    subject = f"--serviceaccount={own}:cluster1"
    stack.cluster2.kubectl("create", "clusterrolebinding", own, f"--clusterrole={RIGHTS}", subject)
    imported.until_touched("TokenIssued")
    until(lambda: imported.token() != old)


@contextmanager
def without_reviews(source: ControlPlane) -> Iterator[None]:
    """Nobody may ask who they are."""
    binding = get(source, "clusterrolebinding", BASIC_USER)
    source.kubectl("delete", "clusterrolebinding", BASIC_USER)
    try:
        yield
    finally:
        del binding["metadata"]["uid"], binding["metadata"]["resourceVersion"]
        put(source, binding)


def test_a_source_that_allows_no_reviews(imported: Import) -> None:
    """The account tells: that it is there, and that it is another one."""
    source, account = imported.stack.cluster2, ("serviceaccount", "-n", imported.namespace)
    before = imported.token()
    with without_reviews(source):
        until(lambda: not imported.who())
        syncs = imported.stack.syncs()
        imported.touch()
        until(lambda: imported.stack.syncs() > syncs)
        condition = imported.until("TokenIssued")
        assert imported.token() == before
        source.kubectl("delete", *account, "pod-lister")
        imported.until_touched("ServiceAccountNotFound")
        until(lambda: imported.secret() is None)
        source.kubectl("create", *account, "pod-lister")
        imported.until_touched("TokenIssued")
        until(imported.secret)
        assert condition["status"] == "True"
    assert until(imported.who)


def test_a_name_that_is_registered_anew(stack: Stack, namespace: str, limited: str) -> None:
    """For another cluster: the token of the first one is not sent there."""
    imported = import_of(stack, namespace, limited)
    token = imported.token()
    metadata = {"name": limited, "namespace": SYSTEM_NAMESPACE}
    data = decoded(get(stack.cluster1, "secret", "-n", SYSTEM_NAMESPACE, limited))
    with hostile.Hostile(hostile.healthy) as server:
        access = Access(Endpoint(server.url, server.ca), data["token"], data["namespace"])
        stack.cluster1.kubectl("delete", "secret", "-n", SYSTEM_NAMESPACE, limited)
        registered = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
        put(stack.cluster1, registered | {"data": secret.data(limited, access)})
        imported.until("ClusterUnreachable")
        requests = [*server.requests]
    assert requests
    assert not any(token in request for request in requests)
    assert all(data["token"] in request for request in requests)
    assert imported.token() == token
