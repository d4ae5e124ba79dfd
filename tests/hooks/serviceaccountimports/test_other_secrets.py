"""Secrets in other forms, beside an import's own, over HTTP."""

import base64
import json
from typing import Any

import pytest
import responses
import yaml
from flask.testing import FlaskClient

from mcsa_core import kubeconfig_reader
from mcsa_hooks.serviceaccountimports.request import parse_sync
from support.samples import templates, world
from support.samples.templates import ARGO
from support.samples.world import ACCOUNT_URL, NAME, NOW, SECRET, UID

PATH = "/serviceaccountimports/sync"
PLAIN = {"name": "plain", "annotations": {"example.com/a": "b"}, "data": {"value": "$(token)"}}
ACCOUNT = "service account default/pod-lister of cluster cluster2"


def importing(*secrets: Any, **rest: Any) -> dict[str, Any]:
    return world.parent(spec={"secrets": list(secrets)}, **rest)


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def argo(bearer: str | None = None) -> dict[str, Any]:
    config = {
        "bearerToken": bearer or world.token(),
        "tlsClientConfig": {"caData": base64_of(world.ca())},
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "argo",
            "namespace": "default",
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
            "annotations": {},
        },
        "type": "Opaque",
        "data": {
            "name": base64_of("cluster2"),
            "server": base64_of(world.SERVER),
            "config": base64_of(json.dumps(config)),
        },
    }


def observed(desired: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """The Secret as Metacontroller observes it after it has applied what was desired."""
    owner = {"apiVersion": "v1", "kind": "X", "name": NAME, "uid": UID, "controller": True}
    return desired | {"metadata": desired["metadata"] | {"ownerReferences": [owner]} | metadata}


def request(sai: Any, *secrets: Any, child: Any = None) -> Any:
    """A sync request with the credential; `secrets` are children if the import controls them."""
    body = world.request(world.credential(), *secrets, child=child, sai=sai)
    for secret in secrets:
        if secret["metadata"].get("ownerReferences"):
            body["children"]["Secret.v1"][f"default/{secret['metadata']['name']}"] = secret
    return body


def sync(client: FlaskClient, body: Any) -> Any:
    response = client.post(PATH, json=body)
    assert response.status_code == 200
    return response.get_json()


@pytest.fixture
def granting(remote: responses.RequestsMock) -> None:
    date = world.date(NOW)
    remote.post(f"{ACCOUNT_URL}/token", json=world.grant(world.token()), status=201, headers=date)


@pytest.fixture
def accepting(remote: responses.RequestsMock) -> None:
    remote.post(world.REVIEW_URL, json=world.review(), headers=world.date(NOW + 3600))


def values(client: FlaskClient, data: dict[str, str], **endpoint: Any) -> dict[str, str]:
    """What becomes of `data` in a new import of a cluster with this endpoint."""
    sai = importing({"name": "other", "data": data})
    answer = sync(client, world.request(world.credential(**endpoint), sai=sai))
    [_, other] = answer["children"]
    assert set(other["data"]) == set(data)
    return {key: base64.b64decode(value).decode() for key, value in other["data"].items()}


@pytest.mark.usefixtures("granting")
def test_new_import(client: FlaskClient) -> None:
    answer = sync(client, request(importing(ARGO, PLAIN)))
    [own, first, second] = answer["children"]
    assert (own, first) == (world.desired(), argo())
    assert second == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "plain",
            "namespace": "default",
            "labels": {},
            "annotations": {"example.com/a": "b"},
        },
        "type": "Opaque",
        "data": {"value": base64_of(world.token())},
    }
    assert answer["status"]["secrets"] == [{"name": n} for n in (SECRET, "argo", "plain")]
    message = f"Secrets {SECRET}, argo, plain hold a token of {ACCOUNT}."
    assert answer["status"]["conditions"] == [world.condition("True", "TokenIssued", message)]


def test_customize_names_them(client: FlaskClient) -> None:
    body = {"parent": importing(ARGO, PLAIN)}
    answer = client.post("/serviceaccountimports/customize", json=body).get_json()
    assert answer["relatedResources"][1]["names"] == [SECRET, "argo", "plain"]


@pytest.mark.usefixtures("granting")
def test_all_variables(client: FlaskClient) -> None:
    data = {name: f"$({name})" for name in templates.VARIABLES}
    endpoint = {"proxy_url": "http://user:pass%24@proxy:80", "tls_server_name": "api.example"}
    replaced = values(client, data, **endpoint)
    kubeconfig = replaced.pop("kubeconfig")
    assert replaced == {
        "server": world.SERVER,
        "token": world.token(),
        "ca.crt": world.ca(),
        "caData": base64_of(world.ca()),
        "namespace": "default",
        "clusterName": "cluster2",
        "proxyUrl": "http://user:pass%24@proxy:80",
        "tlsServerName": "api.example",
    }
    [user] = yaml.safe_load(kubeconfig)["users"]
    assert user["user"] == {"token": world.token()}
    access = world.access(world.token(), **endpoint)
    assert kubeconfig_reader.parse(kubeconfig) == access


@pytest.mark.usefixtures("granting")
def test_notation(client: FlaskClient) -> None:
    data = {
        "escaped": "$$(token) $$$$",
        "half": "$$$(clusterName)",
        "other": "$ $) $a é $",
        "empty": "$(proxyUrl)$(tlsServerName)",
        "many": "$(clusterName)$(clusterName)",
    }
    assert values(client, data) == {
        "escaped": "$(token) $$",
        "half": "$cluster2",
        "other": "$ $) $a é $",
        "empty": "",
        "many": "cluster2cluster2",
    }


@pytest.mark.usefixtures("accepting")
def test_steady_state_is_the_same_bytes(client: FlaskClient) -> None:
    body = request(importing(ARGO), observed(argo()), child=world.owned())
    first, second = (client.post(PATH, json=body) for _ in range(2))
    assert first.data == second.data
    assert first.get_json()["children"] == [world.desired(), argo()]


def test_renewed_with_the_import(client: FlaskClient, remote: responses.RequestsMock) -> None:
    at, new = NOW + 80_000, world.token(iat=NOW + 80_000)
    remote.post(world.REVIEW_URL, json=world.review(), headers=world.date(at))
    remote.post(f"{ACCOUNT_URL}/token", json=world.grant(new), headers=world.date(at))
    answer = sync(client, request(importing(ARGO), observed(argo()), child=world.owned()))
    assert answer["children"] == [world.desired(new), argo(new)]


@pytest.mark.usefixtures("accepting")
@pytest.mark.parametrize(
    "theirs",
    [
        {"metadata": {"name": "argo", "namespace": "default"}},
        observed(argo()) | {"type": "kubernetes.io/service-account-token"},
        observed(argo()) | {"immutable": True},
        observed(argo(), ownerReferences=[{"uid": "another", "controller": True}]),
    ],
)
def test_a_name_that_is_taken(client: FlaskClient, theirs: Any) -> None:
    """It stays untouched; the other Secrets go on, and so does the import's own."""
    secret = {"type": "Opaque"} | theirs
    answer = sync(client, request(importing(ARGO, PLAIN), secret, child=world.owned()))
    [own, plain] = answer["children"]
    assert (own, plain["metadata"]["name"]) == (world.desired(), "plain")
    [condition] = answer["status"]["conditions"]
    assert (condition["status"], condition["reason"]) == ("False", "SecretConflict")
    assert condition["message"] == (
        "What exists by the name of Secret argo is not what this import can write: delete it, or"
        " choose another name in spec.secrets. The other Secrets are up to date."
    )
    assert answer["status"]["secrets"] == [{"name": SECRET}, {"name": "plain"}]
    assert answer["status"]["expirationTimestamp"] == "2027-01-16T08:00:00Z"
    assert answer["resyncAfterSeconds"] == 328


@pytest.mark.usefixtures("accepting")
def test_more_than_a_secret_holds(client: FlaskClient) -> None:
    large = {"name": "large", "data": {str(n): "$(token)" * 500 for n in range(16)}}
    sai = importing(large, PLAIN)
    answer = sync(client, request(sai, child=world.owned()))
    assert [c["metadata"]["name"] for c in answer["children"]] == [SECRET, "plain"]
    [condition] = answer["status"]["conditions"]
    assert (condition["reason"], condition["message"]) == (
        "NotAllowed",
        "Secret large of spec.secrets would hold more than 64 KiB: shorten its data. The other"
        " Secrets are up to date.",
    )


@pytest.mark.usefixtures("accepting")
def test_what_was_small_enough_before_is_kept(client: FlaskClient) -> None:
    large = ARGO | {"data": {"config": "x" * 16384} | {str(n): "x" * 16384 for n in range(15)}}
    answer = sync(client, request(importing(large), observed(argo()), child=world.owned()))
    assert answer["children"] == [world.desired(), argo()]
    assert answer["status"]["conditions"][0]["reason"] == "NotAllowed"


@pytest.mark.usefixtures("accepting")
@pytest.mark.parametrize(("more", "is_there"), [(0, True), (1, False)])
def test_bytes_count(client: FlaskClient, more: int, is_there: bool) -> None:
    data = {str(n): "é" * 8192 for n in range(3)} | {"last": "é" * 8192 + "a" * more}
    sai = importing({"name": "large", "data": data})
    answer = sync(client, request(sai, child=world.owned()))
    assert (len(answer["children"]) == 2) is is_there


def test_kept_as_they_are_while_the_source_is_down(
    client: FlaskClient, remote: responses.RequestsMock
) -> None:
    remote.post(world.REVIEW_URL, status=503)
    old = argo()
    old["data"] |= {"former": "eA=="}
    old["metadata"]["labels"] = {"argocd.argoproj.io/secret-type": "changed", "theirs": "x"}
    theirs = {"metadata": {"name": "plain", "namespace": "default"}, "data": {"a": "eA=="}}
    sai = importing(ARGO, PLAIN, {"name": "never-made", "data": {"a": "b"}})
    answer = sync(client, request(sai, observed(old), theirs, child=world.owned()))
    [own, kept] = answer["children"]
    assert own == world.desired()
    assert kept == old | {
        "metadata": argo()["metadata"] | {"labels": {"argocd.argoproj.io/secret-type": "changed"}}
    }
    assert answer["status"]["secrets"] == [{"name": SECRET}, {"name": "argo"}]


def test_they_go_with_the_account(client: FlaskClient, remote: responses.RequestsMock) -> None:
    remote.post(world.REVIEW_URL, status=401, headers=world.date(NOW + 3600))
    gone = world.status(404, "NotFound", kind="serviceaccounts", name="pod-lister")
    remote.post(f"{ACCOUNT_URL}/token", json=gone, status=404, headers=world.date(NOW + 3600))
    answer = sync(client, request(importing(ARGO), observed(argo()), child=world.owned()))
    assert answer["status"]["conditions"][0]["reason"] == "ServiceAccountNotFound"
    assert answer["children"] == []


@pytest.mark.usefixtures("accepting")
def test_an_entry_that_is_taken_away(client: FlaskClient) -> None:
    answer = sync(client, request(importing(PLAIN), observed(argo()), child=world.owned()))
    assert [c["metadata"]["name"] for c in answer["children"]] == [SECRET, "plain"]


def test_what_others_hold_is_not_kept() -> None:
    """A few large Secrets of a tenant, in 20 syncs at a time, would not fit into the memory."""
    theirs = world.opaque("default", "plain", {"a": "eA=="})
    parsed = parse_sync(request(importing(ARGO, PLAIN), observed(argo()), theirs))
    assert {name: secret["data"] for name, secret in parsed.others.items()} == {
        "argo": argo()["data"],
        "plain": {},
    }


def is_malformed(client: FlaskClient, *secrets: Any) -> bool:
    response = client.post(PATH, json=request(importing(*secrets)))
    return response.status_code == 400 and response.data == b"Bad Request\n"


@pytest.mark.parametrize("value", templates.BAD)
def test_what_is_no_value(client: FlaskClient, value: str) -> None:
    assert is_malformed(client, {"name": "a", "data": {"a": value}})


@pytest.mark.usefixtures("granting")
def test_values(client: FlaskClient) -> None:
    for value in templates.GOOD:
        assert (
            len(sync(client, request(importing(PLAIN | {"data": {"a": value}})))["children"]) == 2
        )


@pytest.mark.usefixtures("granting")
def test_keys_that_resemble_reserved_keys(client: FlaskClient) -> None:
    section = dict.fromkeys(templates.FREE, "b")
    importing_all = importing(PLAIN | {"labels": section, "annotations": section})
    assert len(sync(client, request(importing_all))["children"]) == 2


@pytest.mark.parametrize(
    "secrets",
    [
        [PLAIN, PLAIN],
        [PLAIN | {"name": f"a{number}"} for number in range(9)],
        [PLAIN | {"data": {}}],
        [PLAIN | {"data": {str(number): "a" for number in range(17)}}],
        [{"name": "a"}],
        [{"data": {"a": "b"}}],
        [PLAIN | {"data": {"a": 1}}],
        [PLAIN | {"labels": {"a": None}}],
        [PLAIN | {"labels": []}],
        ["a"],
        *([PLAIN | {"data": {key: "a"}}] for key in templates.BAD_KEYS),
        *([PLAIN | {"name": name}] for name in templates.BAD_NAMES),
        *([PLAIN | {"labels": {key: "a"}}] for key in templates.RESERVED),
        *([PLAIN | {"annotations": {key: "a"}}] for key in templates.RESERVED),
    ],
)
def test_what_the_crd_forbids(client: FlaskClient, secrets: list[Any]) -> None:
    assert is_malformed(client, *secrets)
