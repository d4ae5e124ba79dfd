"""What reaches the hooks, and how they refuse the rest."""

import copy
import io
import logging
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import mcsa_hooks.apps
from support.samples import world

SYNC = "/serviceaccountimports/sync"
CUSTOMIZE = "/serviceaccountimports/customize"
NAMESPACES = "/namespaces"
BAD = (400, b"Bad Request\n")
TOO_LARGE = (413, b"Request Entity Too Large\n")
MIB = 1024 * 1024


def changed(path: str, value: Any = None) -> Any:
    """A good sync request with one thing replaced, or removed."""
    request = copy.deepcopy(world.request(world.credential(), child=world.owned()))
    *parents, last = path.split(".")
    section = request
    for key in parents:
        section = section[key]
    if value is None:
        del section[last]
    else:
        section[last] = value
    return request


def deep(levels: int) -> bytes:
    return b'{"parent":' + b"[" * levels + b"]" * levels + b"}"


V1 = {"Secret.v1": {world.SECRET: world.owned()}}


@pytest.mark.parametrize(
    "request_body",
    [
        [],
        "text",
        {},
        changed("parent"),
        changed("parent", []),
        changed("parent.spec"),
        changed("parent.spec", "text"),
        changed("parent.metadata"),
        changed("parent.metadata.uid"),
        changed("parent.metadata.namespace", "UPPER"),
        changed("parent.metadata.name", "x" * 64),
        changed("parent.metadata.name", "../escape"),
        changed("parent.spec.clusterName"),
        changed("parent.spec.clusterName", 1),
        changed("parent.spec.clusterName", "x" * 64),
        changed("parent.spec.namespace", "a/b"),
        changed("parent.spec.name", "a/../b"),
        changed("parent.spec.name", "a%2fb"),
        changed("parent.spec.expirationSeconds", 599),
        changed("parent.spec.expirationSeconds", "3600"),
        changed("parent.spec.expirationSeconds", True),
        changed("parent.spec.audiences", "vault"),
        changed("parent.spec.audiences", [""]),
        changed("parent.spec.audiences", [1]),
        changed("parent.status", "text"),
        changed("parent.status.conditions", "text"),
        changed("children"),
        changed("children", {}),
        changed("children", V1),
        changed("children", {"Secret.v1": []}),
        changed("related"),
        changed("related", {}),
        changed("related", V1),
        changed("related", {"Secret.v1": {"default/other": world.owned()}}),
        changed("finalizing", True),
    ],
)
def test_malformed_sync_request(client: FlaskClient, request_body: Any) -> None:
    response = client.post(SYNC, json=request_body)
    assert (response.status_code, response.data) == BAD


@pytest.mark.parametrize("path", [SYNC, CUSTOMIZE])
@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"", "application/json", BAD),
        (b"{", "application/json", BAD),
        (b"\xff", "application/json", BAD),
        (deep(10), "application/json", BAD),
        (deep(200_000), "application/json", BAD),
        (b"{}", "text/plain", (415, b"Unsupported Media Type\n")),
        (b"{}", None, (415, b"Unsupported Media Type\n")),
        (b" " * (10 * 1024 * 1024 + 1), "application/json", TOO_LARGE),
    ],
)
def test_what_is_no_json_request(
    client: FlaskClient, path: str, body: bytes, content_type: str, expected: tuple[int, bytes]
) -> None:
    response = client.post(path, data=body, content_type=content_type)
    assert (response.status_code, response.data) == expected
    assert response.mimetype == "text/plain"


def test_ten_mebibytes_are_read(client: FlaskClient) -> None:
    request = world.request(sai=world.parent(metadata={"annotations": {"a": "x" * 10_000_000}}))
    assert client.post(SYNC, json=request).status_code == 200


@pytest.mark.parametrize(
    ("path", "mebibytes"),
    [(SYNC, 10), (CUSTOMIZE, 3), (f"{NAMESPACES}/sync", 10), (f"{NAMESPACES}/customize", 3)],
)
def test_each_path_has_a_limit_of_its_own(client: FlaskClient, path: str, mebibytes: int) -> None:
    responses = [
        client.post(path, data=b" " * size, content_type="application/json")
        for size in (mebibytes * MIB, mebibytes * MIB + 1)
    ]
    assert [(r.status_code, r.data) for r in responses] == [BAD, TOO_LARGE]


def test_a_body_in_chunks_is_limited_too(client: FlaskClient) -> None:
    environ = {"wsgi.input_terminated": True}
    response = client.post(
        CUSTOMIZE,
        input_stream=io.BytesIO(b" " * (3 * MIB + 1)),
        content_type="application/json",
        environ_overrides=environ,
    )
    assert (response.status_code, response.data) == TOO_LARGE


def test_other_paths_and_methods(client: FlaskClient) -> None:
    assert client.get(SYNC).status_code == 405
    assert client.post("/elsewhere").data == b"Not Found\n"


def test_nothing_is_logged_or_echoed_of_a_bad_request(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        response = client.post(SYNC, json=changed("related", V1))
    assert response.data == b"Bad Request\n"
    assert "eyJ" not in caplog.text


def test_customize(client: FlaskClient) -> None:
    response = client.post(CUSTOMIZE, json={"parent": world.parent()})
    system, secrets = "multicluster-service-account", {"apiVersion": "v1", "resource": "secrets"}
    assert response.get_json() == {
        "relatedResources": [
            secrets | {"namespace": system, "names": ["cluster2", "cluster2-token-ys4bs"]},
            secrets | {"namespace": "default", "names": [world.SECRET]},
        ]
    }


def test_customize_depends_on_the_import_alone(client: FlaskClient) -> None:
    bodies = [{"parent": world.parent(), "controller": {"spec": n}} for n in range(2)]
    first, second = (client.post(CUSTOMIZE, json=body).data for body in bodies)
    assert first == second


@pytest.fixture
def bearer_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("correct\n")
    return file


def statuses(client: FlaskClient, header: str | None) -> tuple[int, int]:
    headers = {"Authorization": header} if header is not None else {}
    body = {"parent": world.parent()}
    return (
        client.post(CUSTOMIZE, json=body, headers=headers).status_code,
        client.get("/healthz", headers=headers).status_code,
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Bearer correct", 200),
        ("bearer correct", 200),
        ("Bearer wrong", 401),
        ("Bearer correct2", 401),
        ("Bearer ", 401),
        ("Basic correct", 401),
        ("correct", 401),
        ("", 401),
        (None, 401),
    ],
)
def test_bearer_token(bearer_file: Path, header: str | None, expected: int) -> None:
    client = mcsa_hooks.apps.sync_app({"MCSA_BEARER_TOKEN_FILE": str(bearer_file)}).test_client()
    assert statuses(client, header) == (expected, 200)


def test_bearer_token_comes_before_the_body(bearer_file: Path) -> None:
    client = mcsa_hooks.apps.sync_app({"MCSA_BEARER_TOKEN_FILE": str(bearer_file)}).test_client()
    response = client.post(SYNC, data=b"{")
    assert (response.status_code, response.data) == (401, b"Unauthorized\n")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_bearer_token_is_read_anew(bearer_file: Path) -> None:
    client = mcsa_hooks.apps.sync_app({"MCSA_BEARER_TOKEN_FILE": str(bearer_file)}).test_client()
    bearer_file.write_text("changed")
    assert statuses(client, "Bearer correct") == (401, 200)
    assert statuses(client, "Bearer changed") == (200, 200)


@pytest.mark.parametrize("content", ["new\nold", "new\nold\n", "\n new \n\nold \n"])
@pytest.mark.parametrize(
    ("token", "expected"),
    [("new", 200), ("old", 200), ("", 401), ("new\told", 401), ("new old", 401), ("newold", 401)],
)
def test_two_bearer_tokens(bearer_file: Path, content: str, token: str, expected: int) -> None:
    client = mcsa_hooks.apps.sync_app({"MCSA_BEARER_TOKEN_FILE": str(bearer_file)}).test_client()
    bearer_file.write_text(content)
    assert statuses(client, f"Bearer {token}") == (expected, 200)


def test_an_empty_name_of_the_file_lets_nobody_in() -> None:
    client = mcsa_hooks.apps.sync_app({"MCSA_BEARER_TOKEN_FILE": ""}).test_client()
    assert statuses(client, "Bearer ") == (401, 200)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff", None])
def test_without_a_readable_token_nobody_may(
    bearer_file: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    client = mcsa_hooks.apps.sync_app({"MCSA_BEARER_TOKEN_FILE": str(bearer_file)}).test_client()
    bearer_file.unlink() if content is None else bearer_file.write_bytes(content)
    assert statuses(client, "Bearer ") == (401, 200)
    assert statuses(client, "Bearer correct") == (401, 200)
    assert ("cannot read the bearer token" in caplog.text) is (content in (None, b"\xff"))
