"""The sync hook over HTTP, for each row of the table of conditions."""

import base64
import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import responses
import yaml
from flask.testing import FlaskClient
from requests import PreparedRequest
from requests import exceptions as errors

from mcsa_core import kubeconfig_writer
from mcsa_core.names import SYSTEM_NAMESPACE
from support.samples import world
from support.samples.world import ACCOUNT_URL, DAY, NAME, NOW, REVIEW_URL, SECRET

PATH = "/serviceaccountimports/sync"
ACCOUNT = "service account default/pod-lister of cluster cluster2"
BOOTSTRAP = (
    "ask an administrator to run kubemcsa bootstrap --target-context TARGET_CONTEXT"
    " --source-context SOURCE_CONTEXT --source-name cluster2"
)
YEAR = 365 * DAY
READY = world.condition("True", "TokenIssued", f"Secret {SECRET} holds a token of {ACCOUNT}.")


def sync(client: FlaskClient, request: dict[str, Any]) -> dict[str, Any]:
    response = client.post(PATH, json=request)
    assert response.status_code == 200
    answer: dict[str, Any] = response.get_json()
    return answer


def get(remote: responses.RequestsMock, *args: Any, at: float = NOW, **kwargs: Any) -> None:
    headers = world.date(at) | kwargs.pop("headers", {})
    remote.get(ACCOUNT_URL, *args, headers=headers, **kwargs)


def review(remote: responses.RequestsMock, *args: Any, at: float = NOW, **kwargs: Any) -> None:
    headers = world.date(at) | kwargs.pop("headers", {})
    remote.post(REVIEW_URL, *args, headers=headers, **kwargs)


def post(remote: responses.RequestsMock, *args: Any, at: float = NOW, **kwargs: Any) -> None:
    headers = world.date(at) | kwargs.pop("headers", {})
    remote.post(f"{ACCOUNT_URL}/token", *args, headers=headers, **kwargs)


def body(asked: PreparedRequest) -> Any:
    assert isinstance(asked.body, bytes)
    return json.loads(asked.body)


def test_new_import(client: FlaskClient, remote: responses.RequestsMock) -> None:
    post(remote, json=world.grant(world.token()), status=201)
    answer = sync(client, world.request(world.credential()))
    assert answer == {
        "status": {
            "conditions": [READY],
            "serviceAccount": "default/pod-lister",
            "secrets": [{"name": SECRET}],
            "expirationTimestamp": "2027-01-16T08:00:00Z",
        },
        "children": [world.desired()],
        "resyncAfterSeconds": 328,
    }
    [call] = remote.calls
    asked = call.request
    assert body(asked) == {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": DAY},
    }
    assert asked.headers["Authorization"] == f"Bearer {world.identity()}"


def test_the_five_keys(client: FlaskClient, remote: responses.RequestsMock) -> None:
    post(remote, json=world.grant(world.token()), status=201)
    child = sync(client, world.request(world.credential()))["children"][0]
    decoded = {key: base64.b64decode(value).decode() for key, value in child["data"].items()}
    assert decoded["config"].startswith("apiVersion: v1\nkind: Config\n")
    assert decoded | {"config": ""} == {
        "config": "",
        "server": world.SERVER,
        "ca.crt": world.ca(),
        "namespace": "default",
        "token": world.token(),
    }


def test_steady_state_is_one_call_and_the_same_bytes(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    review(remote, json=world.review(), at=NOW + 3600)
    imported = world.parent(status={"conditions": [READY]})
    request = world.request(world.credential(), child=world.owned(), sai=imported)
    first, second = (client.post(PATH, json=request) for _ in range(2))
    assert first.data == second.data
    assert first.get_json()["children"] == [world.desired()]
    assert [call.request.url for call in remote.calls] == [REVIEW_URL] * 2
    asked = remote.calls[0].request
    assert body(asked) == {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
    }
    assert asked.headers["Authorization"] == f"Bearer {world.token()}"


@pytest.mark.parametrize(
    ("age", "renewed"), [(0.54 * DAY, False), (0.67 * DAY, True), (0.99 * DAY, True)]
)
def test_renewal_by_the_clock_of_the_source(
    client: FlaskClient, remote: responses.RequestsMock, age: float, renewed: bool
) -> None:
    review(remote, json=world.review(), at=NOW + age)
    new = world.token(iat=int(NOW + age))
    if renewed:
        post(remote, json=world.grant(new), at=NOW + age)
    answer = sync(client, world.request(world.credential(), child=world.owned()))
    assert answer["children"] == [world.desired(new if renewed else None)]


def test_resync_at_the_renewal(client: FlaskClient, remote: responses.RequestsMock) -> None:
    review(remote, json=world.review(), at=NOW + 300)
    imported = world.parent(spec={"expirationSeconds": 600})
    request = world.request(world.credential(), child=world.owned(), sai=imported)
    assert 1 <= sync(client, request)["resyncAfterSeconds"] <= 100


def test_granted_less(client: FlaskClient, remote: responses.RequestsMock) -> None:
    post(remote, json=world.grant(world.token(exp=NOW + 3600)))
    answer = sync(client, world.request(world.credential()))
    assert answer["status"]["conditions"][0]["message"] == (
        f"Secret {SECRET} holds a token of {ACCOUNT}."
        " It is valid for 3600 s of the 86400 s asked for."
    )


def test_an_older_import_that_asks_for_more_than_a_year(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    post(remote, json=world.grant(world.token(exp=NOW + YEAR)))
    imported = world.parent(spec={"expirationSeconds": 2**32})
    answer = sync(client, world.request(world.credential(), sai=imported))
    assert body(remote.calls[0].request)["spec"] == {"expirationSeconds": YEAR}
    message = answer["status"]["conditions"][0]["message"]
    assert message == f"Secret {SECRET} holds a token of {ACCOUNT}."


@pytest.mark.parametrize(
    "held",
    [
        world.token(name="other"),
        world.token(namespace="other"),
        world.token(exp=NOW + 599),
        "garbage",
    ],
)
def test_a_wrong_token_is_replaced(
    client: FlaskClient, remote: responses.RequestsMock, held: str
) -> None:
    """At once, and the source is not asked with it."""
    post(remote, json=world.grant(world.token()))
    answer = sync(client, world.request(world.credential(), child=world.owned(held)))
    assert answer["children"] == [world.desired()]


def test_audiences(client: FlaskClient, remote: responses.RequestsMock) -> None:
    post(remote, json=world.grant(world.token(aud=["vault", "more"])))
    imported = world.parent(spec={"audiences": ["vault"]})
    request = world.request(world.credential(), child=world.owned(), sai=imported)
    answer = sync(client, request)
    assert answer["children"] == [world.desired(world.token(aud=["vault", "more"]))]
    assert body(remote.calls[0].request)["spec"]["audiences"] == ["vault"]


@pytest.mark.parametrize("key", ["config", "server", "ca.crt", "namespace", "token"])
@pytest.mark.parametrize("value", [None, "Z2FyYmFnZQ==", "!"])
def test_a_tampered_secret_is_repaired(client: FlaskClient, key: str, value: str | None) -> None:
    child = world.owned()
    del child["data"][key]
    child["data"] |= {key: value} if value else {}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as remote:
        review(remote, json=world.review())
        post(remote, json=world.grant(world.token()))
        answer = sync(client, world.request(world.credential(), child=child))
    assert answer["children"] == [world.desired()]


def test_what_others_add_to_the_secret_stays_theirs(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    review(remote, json=world.review())
    child = world.owned()
    child["data"]["other"] = "bW9yZQ=="
    child["metadata"]["labels"]["other"] = "more"
    answer = sync(client, world.request(world.credential(), child=child))
    assert answer["children"] == [world.desired()]


def test_a_copy_in_an_annotation_is_said(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    review(remote, json=world.review())
    annotation = {"metacontroller.k8s.io/last-applied-configuration": "{}"}
    request = world.request(world.credential(), child=world.owned(annotations=annotation))
    assert "--apply-strategy=server-side-apply" in json.dumps(sync(client, request)["status"])


def not_found(**changed: Any) -> Any:
    details = {"name": "pod-lister", "kind": "serviceaccounts"} | changed
    return world.status(404, "NotFound", **details)


UNREACHABLE = "ClusterUnreachable"
FAULTS = [
    (404, {"message": "page not found"}, UNREACHABLE),
    (404, not_found(kind="namespaces"), UNREACHABLE),
    (404, not_found(name="other"), UNREACHABLE),
    (404, not_found(kind="secrets", name=world.GRANT), UNREACHABLE),
    (409, world.status(409, "Conflict"), UNREACHABLE),
    (429, world.status(429, "TooManyRequests"), UNREACHABLE),
    (500, world.status(500, "InternalError"), UNREACHABLE),
    (503, "<html>", UNREACHABLE),
    (302, {}, UNREACHABLE),
    (200, {}, UNREACHABLE),
    (200, [], UNREACHABLE),
    (200, "<html>", UNREACHABLE),
    (200, world.account() | {"metadata": {"name": "other", "namespace": "default"}}, UNREACHABLE),
    (200, world.account(uid="") | {"metadata": {"name": "pod-lister"}}, UNREACHABLE),
]
REFUSALS = [
    (403, world.status(403, "Forbidden"), "Forbidden"),
    (401, world.status(401, "Unauthorized"), "CredentialInvalid"),
]


def assert_kept(answer: Any, reason: str, held: str | None = None, again: int = 5) -> None:
    condition = answer["status"]["conditions"][0]
    assert (condition["status"], condition["reason"]) == ("False", reason)
    assert answer["children"] == [world.desired(held)]
    assert answer["resyncAfterSeconds"] == again
    assert answer["status"]["secrets"] == [{"name": SECRET}]
    assert "nobody should repeat this" not in json.dumps(answer)


@pytest.mark.parametrize(("code", "body", "reason"), [*FAULTS, *REFUSALS])
def test_kept_when_the_account_cannot_be_read(
    client: FlaskClient, remote: responses.RequestsMock, code: int, body: Any, reason: str
) -> None:
    """Where the source serves no reviews."""
    review(remote, status=404)
    get(remote, status=code, body=json.dumps(body))
    answer = sync(client, world.request(world.credential(), child=world.owned()))
    assert_kept(answer, reason)


NO_REVIEW = [
    *[(code, body) for code, body, _ in FAULTS if code != 404],
    (400, world.status(400, "BadRequest")),
    (422, world.status(422, "Invalid")),
    (201, {"status": None}),
    (201, {"status": {"userInfo": []}}),
    (201, {"status": {"userInfo": {"username": 1}}}),
]


@pytest.mark.parametrize(("code", "body"), NO_REVIEW)
def test_kept_when_the_token_cannot_be_reviewed(
    client: FlaskClient, remote: responses.RequestsMock, code: int, body: Any
) -> None:
    review(remote, status=code, body=json.dumps(body))
    answer = sync(client, world.request(world.credential(), child=world.owned()))
    assert_kept(answer, UNREACHABLE)


@pytest.mark.parametrize("username", ["system:anonymous", "system:serviceaccount:default:other"])
def test_kept_when_the_token_is_reviewed_as_that_of_another_user(
    client: FlaskClient, remote: responses.RequestsMock, username: str
) -> None:
    review(remote, json=world.review(username))
    answer = sync(client, world.request(world.credential(), child=world.owned()))
    assert_kept(answer, UNREACHABLE)
    message = "Cluster cluster2 takes the import's token for another user's."
    assert answer["status"]["conditions"][0]["message"] == message


WRONG = [
    world.token(name="other"),
    world.token(iat=NOW - 2 * DAY),
    world.token(exp=NOW),
    world.token(exp=NOW + 2),
    world.token() + "\n",
    "a.b.c",
    world.token(more="x" * 16384),
]


@pytest.mark.parametrize(
    ("code", "body", "reason", "again"),
    [
        *[(*fault, 5) for fault in (*FAULTS, *REFUSALS)],
        (400, world.status(400, "BadRequest"), "Rejected", 5),
        (422, world.status(422, "Invalid"), "Rejected", 5),
        (201, world.grant(world.token(more="x" * 1024 * 1024)), UNREACHABLE, 5),
        (201, {"status": {"token": 1}}, UNREACHABLE, 5),
        (201, {"status": None}, UNREACHABLE, 5),
        *[(201, world.grant(token), UNREACHABLE, 30) for token in WRONG],
    ],
)
def test_kept_when_no_token_is_granted(
    client: FlaskClient,
    remote: responses.RequestsMock,
    code: int,
    body: Any,
    reason: str,
    again: int,
) -> None:
    """A token that is of no use is not followed by another request within 30 s."""
    old = world.token(iat=NOW - 70_000)
    review(remote, json=world.review())
    post(remote, status=code, body=json.dumps(body))
    answer = sync(client, world.request(world.credential(), child=world.owned(old)))
    assert_kept(answer, reason, old, again)


OR_ELSE = "or correct the import, or delete it"
FORBIDDEN = "The credential for cluster cluster2 may not get, or request a token of,"
NEVER = (
    "no cluster gets a token of kube-* namespaces, so give its roles to a service account"
    " of another namespace, and import that"
)


@pytest.mark.parametrize(
    ("namespace", "helps"),
    [
        (
            "default",
            f"{BOOTSTRAP} --service-account default/pod-lister, {OR_ELSE}",
        ),
        ("kube-system", NEVER),
        (
            "kubernetes",
            f"{BOOTSTRAP} --service-account kubernetes/pod-lister, {OR_ELSE}",
        ),
    ],
)
def test_forbidden_says_what_helps(
    client: FlaskClient, remote: responses.RequestsMock, namespace: str, helps: str
) -> None:
    url = f"{world.ACCOUNT_URL.replace('default', namespace)}/token"
    remote.post(url, status=403, json=world.status(403, "Forbidden"), headers=world.date())
    imported = world.parent(spec={"namespace": namespace})
    answer = sync(client, world.request(world.credential(), sai=imported))
    said = answer["status"]["conditions"][0]["message"]
    assert (
        said == f"{FORBIDDEN} service account {namespace}/pod-lister of cluster cluster2: {helps}."
    )


def test_nothing_is_made_while_there_is_nothing_to_keep(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    post(remote, status=500)
    answer = sync(client, world.request(world.credential()))
    message = "Cluster cluster2 answers with HTTP status 500."
    assert answer == {
        "status": {
            "conditions": [world.condition("False", UNREACHABLE, message)],
            "serviceAccount": "default/pod-lister",
            "secrets": [],
        },
        "children": [],
        "resyncAfterSeconds": 5,
    }


@pytest.mark.parametrize("where", ["review", "get", "due", "new"])
def test_the_account_is_gone(
    client: FlaskClient, remote: responses.RequestsMock, where: str
) -> None:
    held = world.token(iat=NOW - (70_000 if where == "due" else 60))
    post(remote, json=not_found(), status=404)
    if where == "get":
        review(remote, status=404)
        get(remote, json=not_found(), status=404)
    elif where == "review":
        review(remote, status=401)
    elif where == "due":
        review(remote, json=world.review())
    child = None if where == "new" else world.owned(held)
    message = f"There is no {ACCOUNT}: create it, or correct the import."
    assert sync(client, world.request(world.credential(), child=child)) == {
        "status": {
            "conditions": [world.condition("False", "ServiceAccountNotFound", message)],
            "serviceAccount": "default/pod-lister",
            "secrets": [],
        },
        "children": [],
        "resyncAfterSeconds": 5,
    }


@pytest.mark.parametrize(
    ("seconds", "header", "expected"),
    [(0, "", 5), (0, "120", 120), (200, "120", 200), (0, "garbage", 5), (9999, "99999999", 3600)],
)
def test_retry_after(
    client: FlaskClient,
    remote: responses.RequestsMock,
    seconds: int,
    header: str,
    expected: int,
) -> None:
    post(remote, status=429, headers={"Retry-After": header})
    answer = sync(client, world.request(world.credential(), sai=turned_false(seconds)))
    assert answer["resyncAfterSeconds"] == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-60, 5), (0, 5), (7, 7), (100, 100), (300, 300), (99999, 300)]
)
def test_backoff_grows_with_the_time_since_the_condition_turned_false(
    client: FlaskClient, remote: responses.RequestsMock, seconds: int, expected: int
) -> None:
    post(remote, status=500)
    imported = turned_false(seconds)
    answer = sync(client, world.request(world.credential(), sai=imported))
    assert answer["resyncAfterSeconds"] == expected
    since = imported["status"]["conditions"][1]["lastTransitionTime"]
    assert answer["status"]["conditions"][0]["lastTransitionTime"] == since


def turned_false(seconds_ago: int) -> Any:
    since = datetime.fromtimestamp(NOW - seconds_ago, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = world.condition("False", "Other", "", since)
    return world.parent(status={"conditions": [{"type": "Other"}, condition]})


def test_transition_time_moves_with_the_status(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    review(remote, json=world.review())
    request = world.request(world.credential(), child=world.owned(), sai=turned_false(99))
    assert sync(client, request)["status"]["conditions"] == [READY]


def test_no_credential(client: FlaskClient) -> None:
    message = (
        f"Cluster cluster2 has no credential here: correct clusterName, or {BOOTSTRAP}"
        f" --service-account default/pod-lister, or to create Secret {SYSTEM_NAMESPACE}/cluster2."
    )
    assert sync(client, world.request(child=world.owned())) == {
        "status": {
            "conditions": [world.condition("False", "ClusterNotBootstrapped", message)],
            "serviceAccount": "default/pod-lister",
            "secrets": [{"name": SECRET}],
            "expirationTimestamp": "2027-01-16T08:00:00Z",
        },
        "children": [world.desired()],
    }


def test_only_secrets_of_the_right_names_are_credentials(client: FlaskClient) -> None:
    other_name = world.credential("cluster3")
    other_namespace = world.credential()
    other_namespace["metadata"]["namespace"] = "default"
    answer = sync(client, world.request(other_name, other_namespace))
    assert answer["status"]["conditions"][0]["reason"] == "ClusterNotBootstrapped"


def test_expired_credential(client: FlaskClient) -> None:
    old = world.token(SYSTEM_NAMESPACE, "cluster1", iat=NOW - 2 * DAY)
    request = world.request(world.credential(bearer=old), child=world.owned())
    message = f"The credential for cluster cluster2 has expired: {BOOTSTRAP}."
    answer = sync(client, request)
    expected = world.condition("False", "CredentialExpired", message)
    assert answer["status"]["conditions"] == [expected]
    assert answer["children"] == [world.desired()]
    assert "resyncAfterSeconds" not in answer


@pytest.mark.parametrize(
    ("server_now", "reason"), [(NOW, "CredentialExpired"), (NOW - 600, "CredentialInvalid")]
)
def test_the_clock_of_the_source_decides_what_has_expired(
    client: FlaskClient, remote: responses.RequestsMock, server_now: int, reason: str
) -> None:
    held = world.token(SYSTEM_NAMESPACE, "cluster1", iat=NOW - DAY, exp=NOW - 60)
    post(remote, status=401, at=server_now)
    answer = sync(client, world.request(world.credential(bearer=held)))
    assert answer["status"]["conditions"][0]["reason"] == reason


def test_not_allowed(client: FlaskClient) -> None:
    imported = world.parent(spec={"namespace": SYSTEM_NAMESPACE, "name": "cluster1"})
    request = world.request(world.credential(), child=world.owned(), sai=imported)
    answer = sync(client, request)
    assert answer["status"]["conditions"][0]["reason"] == "NotAllowed"
    assert answer["children"] == []
    assert "resyncAfterSeconds" not in answer


def test_the_credential_renews_itself(client: FlaskClient, remote: responses.RequestsMock) -> None:
    url = f"{world.SERVER}/api/v1/namespaces/{SYSTEM_NAMESPACE}/serviceaccounts/cluster1"
    remote.post(f"{url}/token", json=world.grant(world.identity()), headers=world.date())
    imported = world.parent(
        metadata={"namespace": SYSTEM_NAMESPACE, "name": "cluster2"},
        spec={"namespace": SYSTEM_NAMESPACE, "name": "cluster1"},
    )
    child = sync(client, world.request(world.credential(), sai=imported))["children"][0]
    assert child["metadata"]["name"] == world.RENEWED
    expected = world.credential()["data"] | {"config": child["data"]["config"]}
    assert child["data"] == expected


FOREIGN = {
    "un-owned": lambda s: s["metadata"].pop("ownerReferences"),
    "of another import": lambda s: s["metadata"]["ownerReferences"][0].update(uid="other"),
    "not its controller": lambda s: s["metadata"]["ownerReferences"][0].update(controller=False),
    "of another type": lambda s: s.update(type="kubernetes.io/tls"),
    "immutable": lambda s: s.update(immutable=True),
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_secret_conflict(client: FlaskClient, change: Any) -> None:
    found = world.owned()
    change(found)
    request = world.request(world.credential(), found)
    answer = sync(client, request)
    said = answer["status"]["conditions"][0]
    assert (said["status"], said["reason"]) == ("False", "SecretConflict")
    ours = {"of another type", "immutable"}
    kept = [world.desired() | {"type": found["type"]}]
    assert answer["children"] == (kept if change in [FOREIGN[name] for name in ours] else [])
    assert "resyncAfterSeconds" not in answer


def test_the_newest_credential_is_taken(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    post(remote, json=world.grant(world.token()))
    newer = world.identity(iat=NOW + 1)
    related = [world.credential(bearer=world.identity()), world.credential(world.RENEWED, newer)]
    sync(client, world.request(*related))
    assert remote.calls[0].request.headers["Authorization"] == f"Bearer {newer}"


def test_a_token_without_times_is_the_oldest(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    post(remote, json=world.grant(world.token()))
    related = [world.credential(bearer="opaque"), world.credential(world.RENEWED)]
    sync(client, world.request(*related))
    assert remote.calls[0].request.headers["Authorization"] == f"Bearer {world.identity()}"


def test_the_other_credential_is_tried_when_the_first_is_refused(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    newer = world.identity(iat=NOW + 1)
    post(remote, status=401)
    post(remote, json=world.grant(world.token()))
    related = [world.credential(), world.credential(world.RENEWED, newer)]
    answer = sync(client, world.request(*related))
    assert answer["status"]["conditions"] == [READY]
    used = [call.request.headers["Authorization"] for call in remote.calls]
    assert used == [f"Bearer {newer}", f"Bearer {world.identity()}"]


def test_the_other_credential_is_tried_when_the_first_leads_nowhere(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    moved = world.credential(
        world.RENEWED, world.identity(iat=NOW + 1), server="https://moved.example"
    )
    url = f"{ACCOUNT_URL}/token".replace(world.SERVER, "https://moved.example")
    remote.post(url, body=errors.ConnectionError())
    post(remote, json=world.grant(world.token()))
    answer = sync(client, world.request(world.credential(), moved))
    assert answer["status"]["conditions"] == [READY]


def test_what_the_first_credential_is_told_is_what_is_said(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    post(remote, status=401)
    post(remote, body=errors.ConnectionError())
    newer = world.identity(iat=NOW + 1)
    related = [world.credential(), world.credential(world.RENEWED, newer)]
    answer = sync(client, world.request(*related))
    assert answer["status"]["conditions"][0]["reason"] == "CredentialInvalid"


def test_a_malformed_credential_does_not_hinder_the_other(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    review(remote, json=world.review())
    broken = world.opaque(SYSTEM_NAMESPACE, "cluster2", {})
    request = world.request(broken, world.credential(world.RENEWED), child=world.owned())
    assert sync(client, request)["status"]["conditions"] == [READY]


PLUGIN = {"exec": {"command": "touch", "args": ["/tmp/executed"], "apiVersion": "v1"}}


def config(**user: Any) -> dict[str, str]:
    written = yaml.safe_load(kubeconfig_writer.dump("any", world.access("secret")))
    written["users"][0]["user"].update(user)
    return {"config": base64.b64encode(yaml.safe_dump(written).encode()).decode()}


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        ({}, "server is not an https URL"),
        ({"config": "!"}, "config is not text in base64"),
        ({"config": "ew=="}, "the kubeconfig is not YAML"),
        (config(**PLUGIN), "exec is not allowed"),
        (config(**{"auth-provider": {"name": "gcp"}}), "auth-provider is not allowed"),
        (config(**{"client-key": "/etc/shadow"}), "client-key is not allowed"),
        (config(token="a b"), "token is missing or malformed"),
        ({"config": base64.b64encode(b"a: &a [x]\nb: [*a]").decode()}, "the kubeconfig has a YAML"),
    ],
)
def test_a_credential_that_cannot_be_used(
    client: FlaskClient, data: dict[str, str], refusal: str
) -> None:
    malformed = world.opaque(SYSTEM_NAMESPACE, "cluster2", data)
    answer = sync(client, world.request(malformed, child=world.owned()))
    said = answer["status"]["conditions"][0]
    assert said["reason"] == "CredentialInvalid"
    assert said["message"].startswith(
        f"The credential for cluster cluster2 in Secret {SYSTEM_NAMESPACE}/cluster2 can't be used:"
        f" {refusal}"
    )
    assert answer["children"] == [world.desired()]
    assert answer["resyncAfterSeconds"] == 5


def test_a_credential_of_another_type(client: FlaskClient) -> None:
    other_type = world.credential() | {"type": "kubernetes.io/tls"}
    answer = sync(client, world.request(other_type, child=world.owned()))
    assert answer["status"]["conditions"][0]["reason"] == "CredentialInvalid"
    assert "its type is not Opaque" in answer["status"]["conditions"][0]["message"]
    assert answer["children"] == [world.desired()]


def test_just_a_kubeconfig_is_a_credential(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    review(remote, json=world.review())
    by_hand = world.opaque(SYSTEM_NAMESPACE, "cluster2", config())
    answer = sync(client, world.request(by_hand, child=world.owned()))
    assert answer["status"]["conditions"] == [READY]


@pytest.mark.parametrize("off", [-600, 600])
@pytest.mark.parametrize("age", [1, DAY // 2])
def test_a_clock_that_is_ten_minutes_off(
    client: FlaskClient,
    remote: responses.RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
    off: int,
    age: int,
) -> None:
    monkeypatch.setattr(time, "time", lambda: float(NOW + age + off))
    review(remote, json=world.review(), at=NOW + age)
    about_to_expire = world.token(SYSTEM_NAMESPACE, "cluster1", iat=NOW + age - DAY + 1)
    request = world.request(world.credential(bearer=about_to_expire), child=world.owned())
    answer = sync(client, request)
    assert answer["status"]["conditions"][0]["reason"] == "TokenIssued"
    assert answer["children"] == [world.desired()]


def test_no_token_in_the_log(
    client: FlaskClient, remote: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    review(remote, status=401)
    post(remote, status=401)
    child = world.owned(world.token(iat=NOW - 60))
    request = world.request(world.credential(), child=child)
    with caplog.at_level(logging.DEBUG):
        answer = sync(client, request)
    said = answer["status"]["conditions"][0]
    assert f"default/{NAME}: CredentialInvalid: {said['message']}" in caplog.text
    assert "eyJ" not in caplog.text + json.dumps(answer["status"])
