"""Grants: the Secrets of the source to which the tokens of a limited target are bound."""

import base64
import json
from typing import Any

import pytest
import responses
from flask.testing import FlaskClient

from mcsa_core.names import SYSTEM_NAMESPACE
from support.samples import world
from support.samples.world import ACCOUNT_URL, GRANT, NOW, REVIEW_URL, SECRET

TOKEN_URL = f"{ACCOUNT_URL}/token"
BOUND = world.token(secret=world.bound())
IDENTITY = world.identity(secret=world.bound("of the system namespace"))
LIMITED = world.credential(bearer=IDENTITY)
GONE = world.status(404, "NotFound", kind="secrets", name=GRANT)


def with_key(value: str, bearer: str = "opaque") -> Any:
    """A credential whose Secret has the key `grant`."""
    credential = world.credential(bearer=bearer)
    credential["data"]["grant"] = base64.b64encode(value.encode()).decode()
    return credential


def sync(client: FlaskClient, credential: Any, bearer: str | None = None, sai: Any = None) -> Any:
    child = world.owned(bearer) if bearer else None
    request = world.request(credential, child=child, sai=sai)
    return client.post("/serviceaccountimports/sync", json=request).get_json()


def reason(answer: Any) -> str:
    text: str = answer["status"]["conditions"][0]["reason"]
    return text


@pytest.mark.parametrize(
    ("credential", "grant"),
    [
        (LIMITED, GRANT),
        (with_key(GRANT), GRANT),
        (with_key(f"{SYSTEM_NAMESPACE}.other", IDENTITY), GRANT),
        (world.credential(), None),
        (world.credential(bearer="opaque"), None),
        (world.credential(bearer=world.identity(secret={"name": "other", "uid": "1"})), None),
        (world.credential(bearer=world.identity(secret={})), None),
    ],
)
def test_what_tokens_are_bound_to(
    client: FlaskClient, remote: responses.RequestsMock, credential: Any, grant: str | None
) -> None:
    """What the credential names: its token's claim, or the key `grant` of its Secret."""
    token = BOUND if grant else world.token()
    remote.post(TOKEN_URL, json=world.grant(token), headers=world.date())
    answer = sync(client, credential)
    assert answer["children"] == [world.desired(token)]
    spec = json.loads(str(remote.calls[0].request.body, "utf-8"))["spec"]  # type: ignore[arg-type]
    bound = {"apiVersion": "v1", "kind": "Secret", "name": grant} if grant else None
    assert spec.get("boundObjectRef") == bound


@pytest.mark.parametrize("value", ["", "other", SYSTEM_NAMESPACE, f"{GRANT}/..", f"{GRANT}\n"])
def test_a_key_that_names_no_grant(client: FlaskClient, value: str) -> None:
    answer = sync(client, with_key(value), world.token())
    condition = answer["status"]["conditions"][0]
    assert condition["reason"] == "CredentialInvalid"
    assert condition["message"].endswith("grant is not the name of a grant.")
    assert answer["children"] == [world.desired()]


@pytest.mark.parametrize("secret", [None, {"name": f"{SYSTEM_NAMESPACE}.other", "uid": "1"}])
def test_a_source_that_binds_to_something_else(
    client: FlaskClient, remote: responses.RequestsMock, secret: Any
) -> None:
    token = world.grant(world.token(secret=secret))
    remote.post(TOKEN_URL, json=token, headers=world.date())
    assert reason(sync(client, LIMITED)) == "ClusterUnreachable"


@pytest.mark.parametrize(
    ("secret", "age", "replaced"),
    [
        (None, 299, False),
        (None, 300, True),
        ({"name": "other", "uid": "1"}, 300, True),
        (world.bound(), 300, False),
        (world.bound("another"), 300, False),
    ],
)
def test_an_accepted_token_that_is_not_bound(
    client: FlaskClient, remote: responses.RequestsMock, secret: Any, age: int, replaced: bool
) -> None:
    """It would outlive the grant."""
    old = world.token(iat=NOW - age, secret=secret)
    remote.post(REVIEW_URL, json=world.review(), headers=world.date())
    if replaced:
        remote.post(TOKEN_URL, json=world.grant(BOUND), headers=world.date())
    answer = sync(client, LIMITED, old)
    assert answer["children"] == [world.desired(BOUND if replaced else old)]


def test_a_bound_token_where_the_credential_names_no_grant(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    remote.post(REVIEW_URL, json=world.review(), headers=world.date(NOW + 600))
    answer = sync(client, world.credential(), BOUND)
    assert answer["children"] == [world.desired(BOUND)]


@pytest.mark.parametrize("bearer", [None, world.token(iat=NOW - 60, secret=world.bound())])
def test_the_grant_is_gone(
    client: FlaskClient, remote: responses.RequestsMock, bearer: str | None
) -> None:
    if bearer:
        remote.post(REVIEW_URL, status=401, headers=world.date())
    remote.post(TOKEN_URL, status=404, json=GONE, headers=world.date())
    message = (
        "Cluster cluster2 has taken back what it gave for namespace default: ask an"
        " administrator to run kubemcsa bootstrap --target-context TARGET_CONTEXT --source-context"
        " SOURCE_CONTEXT --source-name cluster2 to have it again."
    )
    assert sync(client, LIMITED, bearer) == {
        "status": {
            "conditions": [world.condition("False", "Revoked", message)],
            "serviceAccount": "default/pod-lister",
            "secrets": [],
        },
        "children": [],
        "resyncAfterSeconds": 5,
    }


@pytest.mark.parametrize("name", ["other", f"{SYSTEM_NAMESPACE}.other", None])
def test_another_secret_is_gone(
    client: FlaskClient, remote: responses.RequestsMock, name: str | None
) -> None:
    old = world.token(iat=NOW - 60, secret=world.bound())
    gone = world.status(404, "NotFound", kind="secrets", name=name)
    remote.post(REVIEW_URL, status=401, headers=world.date())
    remote.post(TOKEN_URL, status=404, json=gone, headers=world.date())
    answer = sync(client, LIMITED, old)
    assert (reason(answer), answer["children"]) == ("ClusterUnreachable", [world.desired(old)])


@pytest.mark.parametrize(
    ("namespace", "name", "expected"),
    [
        (SYSTEM_NAMESPACE, "cluster2", "CredentialInvalid"),
        (SYSTEM_NAMESPACE, "other", "Revoked"),
        ("default", "cluster2", "NotAllowed"),
    ],
)
def test_the_grant_of_the_system_namespace_is_gone(
    client: FlaskClient, namespace: str, name: str, expected: str
) -> None:
    """The credential stays, as it does whenever the source refuses it."""
    sai = world.parent(
        metadata={"namespace": namespace, "name": name},
        spec={"namespace": SYSTEM_NAMESPACE, "name": "cluster1"},
    )
    child = world.credential(world.RENEWED if name == "cluster2" else f"{name}-token", IDENTITY)
    child["metadata"] |= {
        "namespace": namespace,
        "ownerReferences": [{"uid": world.UID, "controller": True}],
    }
    related = [LIMITED, *([child] if namespace == SYSTEM_NAMESPACE else [])]
    with responses.RequestsMock(assert_all_requests_are_fired=False) as remote:
        remote.post(REVIEW_URL, status=401, headers=world.date(NOW + 60))
        url = f"{world.SERVER}/api/v1/namespaces/{SYSTEM_NAMESPACE}/serviceaccounts/cluster1/token"
        remote.post(url, status=404, json=GONE, headers=world.date(NOW + 60))
        request = world.request(*related, sai=sai)
        answer = client.post("/serviceaccountimports/sync", json=request).get_json()
    assert reason(answer) == expected
    assert len(answer["children"]) == (expected == "CredentialInvalid")


def test_a_grant_that_is_there_again(client: FlaskClient, remote: responses.RequestsMock) -> None:
    remote.post(TOKEN_URL, json=world.grant(BOUND), headers=world.date())
    answer = sync(client, LIMITED)
    message = (
        f"Secret {SECRET} holds a token of service account default/pod-lister of cluster cluster2."
    )
    assert answer["status"]["conditions"] == [world.condition("True", "TokenIssued", message)]
