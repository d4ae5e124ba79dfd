"""How much of a reply is read, and in how many parts."""

import json
import ssl
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from support.loopback import hostile
from support.loopback.hostile import Behaviour, Hostile
from support.samples import world

DATE = f"Date: {world.date()['Date']}"
CHUNKED = f"HTTP/1.1 200 OK\r\n{DATE}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()


def review(size: int, filler: str = "x") -> bytes:
    """The review in so many bytes of JSON."""
    body = json.dumps(world.review() | {"annotation": ""}).encode()
    return body.replace(b'""', json.dumps(filler * (size - len(body))).encode())


def whole(body: bytes, *headers: str) -> Behaviour:
    return hostile.answer(body, DATE, *headers)


def chunks(body: bytes, size: int) -> Behaviour:
    """In chunks of that size."""
    parts = (body[at : at + size] for at in range(0, len(body), size))
    framed = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

    def behave(tls: ssl.SSLSocket, _over: threading.Event) -> None:
        tls.sendall(CHUNKED + framed)

    return behave


def preceded(line: bytes, count: int) -> Behaviour:
    """So many interim replies first."""

    def behave(tls: ssl.SSLSocket, over: threading.Event) -> None:
        tls.sendall(line * count)
        whole(review(1000))(tls, over)

    return behave


def records(body: bytes) -> Behaviour:
    """In TLS records of a byte each."""
    head = f"HTTP/1.1 200 OK\r\n{DATE}\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def behave(tls: ssl.SSLSocket, _over: threading.Event) -> None:
        tls.sendall(head)
        for byte in body:
            tls.sendall(bytes([byte]))

    return behave


def pretty(size: int) -> bytes:
    return json.dumps(world.review() | {"secrets": [{"name": "a"}] * size}, indent=2).encode()


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
READ: dict[str, Behaviour] = {
    "64 KiB": whole(review(65536)),
    "chunks as Go makes them": chunks(review(65536), 2048),
    "small chunks": chunks(review(4000), 10),
    "headers": whole(review(1000), *[f"X: {'x' * 100}"] * 90),
    "an interim reply": preceded(CONTINUE, 1),
    "records": records(review(500)),
    "in many lines": whole(pretty(300)),
}
NOT_READ: dict[str, Behaviour] = {
    "more than 64 KiB": whole(review(65537)),
    "chunks of a byte": chunks(review(2000), 1),
    "headers of 80 KiB": whole(review(1000), *[f"X: {'x' * 2000}"] * 41),
    "headers without a reply": preceded(CONTINUE, 1000),
    "records of a byte": records(review(2000)),
    "in very many lines": whole(pretty(1000)),
    "JSON that is no object": whole(b"[" + b",".join([b'{"a":[]}'] * 7000) + b"]"),
}


def sync(client: FlaskClient, behaviour: Behaviour) -> tuple[str, int]:
    """The reason, and how often the source was called."""
    with Hostile(behaviour) as server:
        address = {"server": server.url, "ca": server.ca}
        credential = world.credential(bearer="opaque", **address)
        request = world.request(credential, child=world.owned(address=address))
        answer: Any = client.post("/serviceaccountimports/sync", json=request).get_json()
    return answer["status"]["conditions"][0]["reason"], len(server.requests)


@pytest.mark.parametrize("behaviour", READ.values(), ids=READ)
def test_read(client: FlaskClient, behaviour: Behaviour) -> None:
    assert sync(client, behaviour) == ("TokenIssued", 1)


@pytest.mark.parametrize("behaviour", NOT_READ.values(), ids=NOT_READ)
def test_not_read_and_not_asked_for_again(client: FlaskClient, behaviour: Behaviour) -> None:
    assert sync(client, behaviour) == ("ClusterUnreachable", 1)
