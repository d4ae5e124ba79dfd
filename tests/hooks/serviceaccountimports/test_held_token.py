"""What becomes of the token in an import's Secret, by what the source says of it."""

import base64
from typing import Any

import pytest
import responses
from flask.testing import FlaskClient
from requests import exceptions as errors

from mcsa_core.names import SYSTEM_NAMESPACE
from support.samples import world
from support.samples.world import ACCOUNT_URL, DAY, NOW, REVIEW_URL

TOKEN_URL = f"{ACCOUNT_URL}/token"
NEW = world.token(uid="new")
JUST_GRANTED = "Cluster cluster2 refuses the token that it has just granted."


def sync(
    client: FlaskClient, bearer: str, *credentials: Any, address: Any = None, **metadata: Any
) -> Any:
    child = world.owned(bearer, address=address, **metadata)
    request = world.request(*(credentials or [world.credential()]), child=child)
    return client.post("/serviceaccountimports/sync", json=request).get_json()


def ready(answer: Any) -> tuple[str, str]:
    condition = answer["status"]["conditions"][0]
    return condition["reason"], condition["message"]


def calls(remote: responses.RequestsMock) -> list[tuple[str, str]]:
    """The URL and the bearer token of each call."""
    return [
        (str(call.request.url), str(call.request.headers["Authorization"]).removeprefix("Bearer "))
        for call in remote.calls
    ]


@pytest.mark.parametrize(
    ("age", "uid", "replaced"),
    [
        (0, "new", False),
        (29, "new", False),
        (30, "new", True),
        (30, world.ACCOUNT_UID, False),
        (299, world.ACCOUNT_UID, False),
        (300, world.ACCOUNT_UID, True),
        (20 * 3600, world.ACCOUNT_UID, True),
        (-900, "new", False),
        (-901, "new", True),
        (-901, world.ACCOUNT_UID, True),
    ],
)
def test_a_refused_token(
    client: FlaskClient, remote: responses.RequestsMock, age: int, uid: str, replaced: bool
) -> None:
    old, new = world.token(iat=NOW - age), world.token(uid=uid)
    remote.post(REVIEW_URL, status=401, headers=world.date())
    if replaced or age >= 30:
        remote.post(TOKEN_URL, json=world.grant(new), headers=world.date())
    answer = sync(client, old)
    if replaced:
        assert ready(answer)[0] == "TokenIssued"
    else:
        assert ready(answer) == ("ClusterUnreachable", JUST_GRANTED)
        assert answer["resyncAfterSeconds"] == (30 if age >= 30 else 5)
    assert answer["children"] == [world.desired(new if replaced else old)]
    assert calls(remote)[0] == (REVIEW_URL, old)
    assert calls(remote)[1:] in ([], [(TOKEN_URL, world.identity())])


@pytest.mark.parametrize(("bound_to", "replaced"), [("old", False), ("new", True), (None, True)])
def test_a_refused_token_of_a_grant_that_was_made_anew(
    client: FlaskClient, remote: responses.RequestsMock, bound_to: str | None, replaced: bool
) -> None:
    old = world.token(iat=NOW - 60, secret=world.bound("old"))
    new = world.token(secret=world.bound(bound_to) if bound_to else None)
    remote.post(REVIEW_URL, status=401, headers=world.date())
    remote.post(TOKEN_URL, json=world.grant(new), headers=world.date())
    answer = sync(client, old)
    assert answer["children"] == [world.desired(new if replaced else old)]


@pytest.mark.parametrize(
    ("ago", "kept"), [(0, True), (29, True), (-29, True), (30, False), (-30, False), (9999, False)]
)
@pytest.mark.parametrize("status", [200, 401])
def test_a_secret_that_was_written_a_moment_ago(
    client: FlaskClient, remote: responses.RequestsMock, ago: int, kept: bool, status: int
) -> None:
    """Its token is not replaced, however old the source's clock makes it."""
    old = world.token(iat=NOW - 80_000)
    remote.post(REVIEW_URL, status=status, json=world.review(), headers=world.date())
    if not kept:
        remote.post(TOKEN_URL, json=world.grant(NEW), headers=world.date())
    answer = sync(client, old, managedFields=world.written(NOW - ago))
    assert answer["children"] == [world.desired(old if kept else NEW)]
    if kept and status == 200:
        assert (ready(answer)[0], answer["resyncAfterSeconds"]) == ("TokenIssued", 30)
    elif kept:
        assert ready(answer) == ("ClusterUnreachable", JUST_GRANTED)


LABELLED: dict[str, Any] = {"fieldsV1": {"f:metadata": {"f:labels": {"f:seen": {}}}}}


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [world.written(NOW)[0] | LABELLED],
        [world.written(NOW)[0] | {"fieldsV1": None}],
        [world.written(NOW)[0] | {"fieldsV1": {"f:data": []}}],
        *([world.written(NOW)[0] | {"time": time}] for time in (None, "", "yesterday", 5)),
        [world.written(NOW)[0] | {"time": "0001-01-01T00:00:00Z"}],
    ],
)
def test_what_does_not_say_when_the_token_was_written(
    client: FlaskClient, remote: responses.RequestsMock, entries: Any
) -> None:
    remote.post(REVIEW_URL, status=401, headers=world.date())
    remote.post(TOKEN_URL, json=world.grant(NEW), headers=world.date())
    answer = sync(client, world.token(iat=NOW - 60), managedFields=entries)
    assert answer["children"] == [world.desired(NEW)]


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_source_that_serves_no_reviews(
    client: FlaskClient, remote: responses.RequestsMock, status: int
) -> None:
    """The account tells instead, by a credential."""
    remote.post(REVIEW_URL, status=status, headers=world.date())
    remote.get(ACCOUNT_URL, json=world.account(), headers=world.date())
    answer = sync(client, world.token())
    assert (ready(answer)[0], answer["children"]) == ("TokenIssued", [world.desired()])
    assert calls(remote) == [(REVIEW_URL, world.token()), (ACCOUNT_URL, world.identity())]


def test_a_token_with_audiences_of_its_own(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    """The source's API server would refuse it: the account tells, in one call."""
    remote.get(ACCOUNT_URL, json=world.account(), headers=world.date())
    vault = world.token(aud=["vault"])
    imported = world.parent(spec={"audiences": ["vault"]})
    request = world.request(world.credential(), child=world.owned(vault), sai=imported)
    answer = client.post("/serviceaccountimports/sync", json=request).get_json()
    assert (ready(answer)[0], answer["children"]) == ("TokenIssued", [world.desired(vault)])
    assert calls(remote) == [(ACCOUNT_URL, world.identity())]


@pytest.mark.parametrize(("age", "replaced"), [(29, False), (30, True)])
def test_another_account_where_the_source_serves_no_reviews(
    client: FlaskClient, remote: responses.RequestsMock, age: int, replaced: bool
) -> None:
    old = world.token(iat=NOW - age)
    remote.post(REVIEW_URL, status=404, headers=world.date())
    remote.get(ACCOUNT_URL, json=world.account("new"), headers=world.date())
    if replaced:
        remote.post(TOKEN_URL, json=world.grant(NEW), headers=world.date())
    answer = sync(client, old)
    assert answer["children"] == [world.desired(NEW if replaced else old)]


@pytest.mark.parametrize(
    ("held", "credential", "renewed"),
    [
        ({"kid": "old", "iat": NOW - 310}, {"kid": "new", "iat": NOW - 305}, True),
        ({"kid": "new", "iat": NOW - 305}, {"kid": "old", "iat": NOW - 310}, False),
        ({"kid": "new", "iat": NOW - 305}, {"kid": "old", "iat": NOW - 305}, False),
        ({"kid": "same", "iat": NOW - 310}, {"kid": "same", "iat": NOW - 305}, False),
        ({"iat": NOW - 310}, {"kid": "new", "iat": NOW - 305}, False),
        ({"kid": "old", "iat": NOW - 310}, {"iat": NOW - 305}, False),
    ],
)
def test_a_signing_key_that_was_replaced_where_the_source_serves_no_reviews(
    client: FlaskClient,
    remote: responses.RequestsMock,
    held: dict[str, Any],
    credential: dict[str, Any],
    renewed: bool,
) -> None:
    new, old = world.token(kid="new"), world.token(**held)
    remote.post(REVIEW_URL, status=404, headers=world.date())
    remote.get(ACCOUNT_URL, json=world.account(), headers=world.date())
    if renewed:
        remote.post(TOKEN_URL, json=world.grant(new), headers=world.date())
    answer = sync(client, old, world.credential(bearer=world.identity(**credential)))
    assert answer["children"] == [world.desired(new if renewed else old)]


@pytest.mark.parametrize(("age", "renewed"), [(0.16, False), (0.205, True), (0.5, True)])
@pytest.mark.parametrize("life", [24 * 3600, 30 * DAY])
def test_a_credential_is_renewed_after_a_fifth_of_its_life(
    client: FlaskClient, remote: responses.RequestsMock, age: float, renewed: bool, life: int
) -> None:
    granted = int(NOW - age * life)

    def identity(granted: int) -> str:
        return world.token(SYSTEM_NAMESPACE, "cluster1", iat=granted, exp=granted + life)

    old, new = identity(granted), identity(NOW)
    url = ACCOUNT_URL.replace("namespaces/default", f"namespaces/{SYSTEM_NAMESPACE}")
    name = f"system:serviceaccount:{SYSTEM_NAMESPACE}:cluster1"
    remote.post(REVIEW_URL, json=world.review(name), headers=world.date())
    if renewed:
        url = f"{url.removesuffix('pod-lister')}cluster1/token"
        remote.post(url, json=world.grant(new), headers=world.date())
    imported = world.parent(
        metadata={"namespace": SYSTEM_NAMESPACE, "name": "cluster2"},
        spec={"namespace": SYSTEM_NAMESPACE, "name": "cluster1", "expirationSeconds": 30 * DAY},
    )
    child = world.credential(world.RENEWED, old)
    child["metadata"]["ownerReferences"] = [{"uid": world.UID, "controller": True}]
    request = world.request(world.credential(), child=child, sai=imported)
    answer = client.post("/serviceaccountimports/sync", json=request).get_json()
    assert ready(answer)[0] == "TokenIssued"
    [secret] = answer["children"]
    bearer = base64.b64decode(secret["data"]["token"]).decode()
    assert bearer == (new if renewed else old)


@pytest.mark.parametrize("jti", ["a9b8-7c", None, "", "a b", "x" * 129, "\N{SNOWMAN}", 1, []])
def test_the_id_by_which_the_audit_log_names_the_token(
    client: FlaskClient, remote: responses.RequestsMock, jti: Any
) -> None:
    remote.post(REVIEW_URL, json=world.review(), headers=world.date())
    status = sync(client, world.token(jti=jti))["status"]
    assert status.get("credentialID") == (jti if jti == "a9b8-7c" else None)


# Another cluster, or another address of the same one.
MOVED: dict[str, Any] = {
    "server": {"server": "https://moved.example"},
    "CA": {"ca": world.ca() * 2},
    "proxy": {"proxy_url": "http://proxy.example:3128"},
    "name in TLS": {"tls_server_name": "moved.example"},
}


@pytest.mark.parametrize("address", MOVED.values(), ids=MOVED)
def test_a_name_that_was_registered_anew(client: FlaskClient, address: Any) -> None:
    """The held token goes to no other server, and another one is requested at once."""
    server = address.get("server", world.SERVER)
    with responses.RequestsMock() as remote:
        url = TOKEN_URL.replace(world.SERVER, server)
        remote.post(url, json=world.grant(NEW), headers=world.date())
        answer = sync(
            client,
            world.token(),
            world.credential(**address),
            managedFields=world.written(NOW),
        )
        assert calls(remote) == [(url, world.identity())]
    assert answer["children"] == [world.desired(NEW, **address)]


@pytest.mark.parametrize("tampered", [{"server": "https://evil.example"}, {"ca": world.ca() * 3}])
def test_an_endpoint_that_is_not_registered_gets_no_token(
    client: FlaskClient, remote: responses.RequestsMock, tampered: Any
) -> None:
    remote.post(TOKEN_URL, json=world.grant(NEW), headers=world.date())
    answer = sync(client, world.token(), address=tampered)
    assert calls(remote) == [(TOKEN_URL, world.identity())]
    assert answer["children"] == [world.desired(NEW)]


MOVED_SERVER = "https://moved.example"
BEFORE = world.credential(bearer=world.identity(iat=NOW - DAY))
MOVED_TO = world.credential(world.RENEWED, world.identity(), server=MOVED_SERVER)


def test_the_endpoint_of_the_credential_issued_last_counts(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    """While both answer; each is only sent the token that it granted."""
    remote.post(REVIEW_URL, json=world.review(), headers=world.date())
    url = TOKEN_URL.replace(world.SERVER, MOVED_SERVER)
    remote.post(url, json=world.grant(NEW), headers=world.date())
    answer = sync(client, world.token(), BEFORE, MOVED_TO)
    assert answer["children"] == [world.desired(NEW, server=MOVED_SERVER)]
    assert calls(remote) == [(REVIEW_URL, world.token()), (url, world.identity())]


@pytest.mark.parametrize(
    ("reply", "again"),
    [({"status": 401}, 328), ({"status": 500}, 328), ({"body": errors.ConnectionError()}, 328)],
)
def test_unless_it_grants_none(
    client: FlaskClient, remote: responses.RequestsMock, reply: Any, again: int
) -> None:
    remote.post(REVIEW_URL, json=world.review(), headers=world.date())
    remote.post(TOKEN_URL.replace(world.SERVER, MOVED_SERVER), **reply)
    answer = sync(client, world.token(), BEFORE, MOVED_TO)
    assert (ready(answer)[0], answer["children"]) == ("TokenIssued", [world.desired()])
    assert answer["resyncAfterSeconds"] == again


def test_where_the_endpoint_of_the_credential_issued_last_does_not_know_the_account(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    remote.post(REVIEW_URL, json=world.review(), headers=world.date())
    missing = world.status(404, "NotFound", kind="serviceaccounts", name="pod-lister")
    remote.post(TOKEN_URL.replace(world.SERVER, MOVED_SERVER), status=404, json=missing)
    answer = sync(client, world.token(), BEFORE, MOVED_TO)
    assert (ready(answer)[0], answer["children"]) == ("ServiceAccountNotFound", [])


@pytest.mark.parametrize("first", [BEFORE, MOVED_TO], ids=["issued first", "issued last"])
def test_an_endpoint_that_does_not_answer_beside_one_that_does(
    client: FlaskClient, remote: responses.RequestsMock, first: Any
) -> None:
    """Whichever the Secret names: the other one grants a token."""
    servers = {id(BEFORE): world.SERVER, id(MOVED_TO): MOVED_SERVER}
    dead = servers.pop(id(first))
    [alive] = servers.values()
    remote.post(REVIEW_URL.replace(world.SERVER, dead), body=errors.ConnectionError())
    url = TOKEN_URL.replace(world.SERVER, alive)
    remote.post(url, json=world.grant(NEW), headers=world.date())
    answer = sync(client, world.token(), BEFORE, MOVED_TO, address={"server": dead})
    assert ready(answer)[0] == "TokenIssued"
    assert answer["children"] == [world.desired(NEW, server=alive)]


def test_what_the_endpoint_of_the_older_credential_says_removes_nothing(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    """It may be of the cluster that had the name before."""
    address = {"server": MOVED_SERVER}
    remote.post(REVIEW_URL.replace(world.SERVER, MOVED_SERVER), status=500)
    missing = world.status(404, "NotFound", kind="serviceaccounts", name="pod-lister")
    remote.post(TOKEN_URL, status=404, json=missing)
    answer = sync(client, world.token(), BEFORE, MOVED_TO, address=address)
    message = "Cluster cluster2 answers with HTTP status 500."
    assert ready(answer) == ("ClusterUnreachable", message)
    assert answer["children"] == [world.desired(server=MOVED_SERVER)]
