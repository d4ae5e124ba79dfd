"""Whatever bytes a source sends, a sync ends in a row of the table of conditions."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import mcsa_hooks.apps
from mcsa_hooks.remote import api_client
from support.loopback.hostile import Hostile
from support.samples import world

CLIENT = mcsa_hooks.apps.sync_app({}).test_client()
REVIEW = json.dumps(world.review()).encode()
NUMBERS = ["0", "-1", "-5", "+3", "1_0", "0x10", "9" * 20, "9" * 5000, "1, 2", "", "\u00b2", "1e9"]
LINES = [
    *("HTTP/1.1 200 OK", "HTTP/1.0 201", "HTTP/1.1 204 No", "HTTP/1.1 304 No", "HTTP/1.1 401 No"),
    *("HTTP/1.1 404 No", "HTTP/1.1 429 No", "HTTP/1.1 100 Go", "HTTP/1.1 101 Go", "HTTP/1.1 999"),
    *("HTTP/1.1 1000", "HTTP/1.1 -20", "HTTP/9.9 200 OK", "HTTP/2 200", "ICY 200 OK", "{}", ""),
]
VALUES = {
    "Date": [f"Mon, 01 Jan {year} 00:00:00 GMT" for year in ("0001", "0000", "9999", "9" * 20)],
    "Retry-After": NUMBERS,
    "Content-Length": [*NUMBERS, str(len(REVIEW))],
    "Transfer-Encoding": ["chunked", "gzip, chunked", "identity", "chunked, chunked", "CHUNKED"],
    "Content-Encoding": ["gzip", "identity", ",", "br"],
    "Content-Type": ["application/json", "a/b;" * 9000, 'a; charset="'],
    "Connection": ["close", "keep-alive", "upgrade"],
    "Location": ["http://[::1/", "//", "https://a/"],
    "Set-Cookie": ["a=b; expires=" + "9" * 99, "=;" * 9000],
    "X": ["", "x" * 66000, "\u00ff", "a\r\n b", "\x00", "a\rb", "a\nb"],
}
TEXT = st.text(st.characters(max_codepoint=255), max_size=20)
FIELDS = (
    st.sampled_from(list(VALUES)).flatmap(
        lambda name: st.sampled_from([f"{name}: {value}" for value in VALUES[name]])
    )
    | TEXT
)
SIZES = st.sampled_from([*NUMBERS, "0;x=y", "0" * 9000, f"{len(REVIEW):x}", "-0", "f" * 16])


def chunked(chunks: list[tuple[str, bytes]]) -> bytes:
    """Chunks of those sizes, or so they say."""
    return b"".join(f"{size}\r\n".encode() + data + b"\r\n" for size, data in chunks)


BODIES = (
    st.just(REVIEW)
    | st.binary(max_size=100)
    | st.lists(st.tuples(SIZES, st.just(REVIEW) | st.binary(max_size=9)), max_size=4).map(chunked)
)


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    """The bytes of a reply, which may be one."""
    line = draw(st.just(LINES[0]) | st.sampled_from(LINES) | TEXT)
    fields = draw(st.lists(FIELDS, max_size=4))
    head = "".join(f"{text}\r\n" for text in (line, *fields)).encode("latin-1")
    return head + draw(st.sampled_from([b"\r\n", b"\r\n", b"\n", b""])) + draw(BODIES)


class Scripted(Hostile):
    """Sends what it is told to, then hangs up."""

    reply = b""

    def __init__(self) -> None:
        super().__init__(self._behave)

    def _behave(self, tls: ssl.SSLSocket, _over: threading.Event) -> None:
        tls.sendall(self.reply)
        tls.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def server() -> Iterator[Scripted]:
    with Scripted() as server:
        yield server


def reply(*fields: str, body: bytes = REVIEW) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *fields, "", ""]).encode() + body


@settings(max_examples=200)
@given(sent=replies() | st.binary(max_size=100))
@example(sent=reply(f"Date: Mon, 01 Jan {'9' * 20} 00:00:00 GMT"))
@example(sent=reply("Transfer-Encoding: chunked", body=chunked([("-1", REVIEW)])))
@example(sent=reply(*["X: x"] * 101))
@example(sent=reply(f"X: {'x' * 66000}"))
def test_a_source_that_sends_anything(server: Scripted, sent: bytes) -> None:
    api_client.forget()
    server.reply = sent
    address = {"server": server.url, "ca": server.ca}
    credential = world.credential(bearer="opaque", **address)
    child = world.owned(world.token(iat=int(time.time())), address=address)
    response = CLIENT.post(
        "/serviceaccountimports/sync", json=world.request(credential, child=child)
    )
    assert response.status_code == 200
    answer = response.get_json()
    reason = answer["status"]["conditions"][0]["reason"]
    assert reason in ("TokenIssued", "ClusterUnreachable", "CredentialInvalid")
    assert len(answer["children"]) == 1
