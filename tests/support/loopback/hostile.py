"""Servers on the loopback that answer as no API server should, over TLS."""

import gzip
import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self

import trustme

from support.cluster.loopback import HOST
from support.loopback.certificates import ca_pem
from support.samples import world

Behaviour = Callable[[ssl.SSLSocket, threading.Event], None]
"""What a server does with a connection whose request it has read, until the event is set."""


CA = trustme.CA()
"""Has signed the certificates of all hostile servers."""


class Hostile:
    """A server with one behaviour, or with none: then it never answers a handshake."""

    def __init__(
        self, behaviour: Behaviour | None, certificate: trustme.LeafCert | None = None
    ) -> None:
        self.behaviour = behaviour
        self.ca = ca_pem(CA)
        self.requests: list[str] = []
        self.connections = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (certificate or CA.issue_cert(HOST)).configure_cert(self._context)
        self._socket = socket.create_server((HOST, 0), backlog=128)
        self.url = f"https://{HOST}:{self._socket.getsockname()[1]}"
        self._over = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if self.behaviour is None:
                self._over.wait()
                return
            with self._context.wrap_socket(connection, server_side=True) as tls:
                while not self._over.is_set() and (request := _read(tls)):
                    self.requests.append(request)
                    self.behaviour(tls, self._over)


def _read(tls: ssl.SSLSocket) -> str:
    """One request, with its body."""
    head = b""
    while b"\r\n\r\n" not in head:
        if not (more := tls.recv(65536)):
            return ""
        head += more
    head, _, body = head.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    while len(body) < int(fields.get("Content-Length", 0)):
        body += tls.recv(65536)
    return (head + b"\r\n\r\n" + body).decode()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> Behaviour:
    """Answers with that body, and nothing wrong with HTTP."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]

    def behave(tls: ssl.SSLSocket, _over: threading.Event) -> None:
        tls.sendall("\r\n".join(lines).encode() + body)

    return behave


def silence(_tls: ssl.SSLSocket, over: threading.Event) -> None:
    """Never answers."""
    over.wait()


def drip_headers(tls: ssl.SSLSocket, over: threading.Event) -> None:
    """Sends one byte every half second, for ever."""
    tls.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not over.wait(0.5):
        tls.sendall(b"x")


def drip_body(tls: ssl.SSLSocket, over: threading.Event) -> None:
    """Sends the headers at once, then one byte of the body every half second."""
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not over.wait(0.5):
        tls.sendall(b" ")


def drip_record(tls: ssl.SSLSocket, over: threading.Event) -> None:
    """Sends one byte of a TLS record, below HTTP, every half second."""
    raw = socket.socket(fileno=socket.dup(tls.fileno()))
    with raw:
        raw.sendall(b"\x17\x03\x03\x40\x00")
        while not over.wait(0.5):
            raw.sendall(b"x")


def too_much(tls: ssl.SSLSocket, _over: threading.Event) -> None:
    """Sends 100 MB of JSON."""
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000002\r\n\r\n[")
    for _ in range(100):
        tls.sendall(b" " * 1_000_000)


def chunks_of_a_byte(tls: ssl.SSLSocket, _over: threading.Event) -> None:
    """Sends 1 MiB, and five times as much around it."""
    tls.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    tls.sendall(b"1\r\n \r\n" * 1024 * 1024)


def hang_up(tls: ssl.SSLSocket, _over: threading.Event) -> None:
    """Closes the connection in the middle of the answer."""
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    tls.shutdown(socket.SHUT_RDWR)


def headers_without_end(tls: ssl.SSLSocket, over: threading.Event) -> None:
    """Sends header after header."""
    tls.sendall(b"HTTP/1.1 200 OK\r\n")
    while not over.is_set():
        tls.sendall(b"X-More: x\r\n" * 1000)


def continues_without_end(tls: ssl.SSLSocket, over: threading.Event) -> None:
    """Says that the request may go on, for ever, and never pauses."""
    while not over.is_set():
        tls.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def trailers_without_end(tls: ssl.SSLSocket, over: threading.Event) -> None:
    """Sends trailer after trailer, and never pauses."""
    tls.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
    while not over.is_set():
        tls.sendall(b"X-More: x\r\n" * 1000)


def healthy(tls: ssl.SSLSocket, _over: threading.Event) -> None:
    """Accepts all tokens as the imported account's, and takes them for new."""
    answer(json.dumps(world.review()).encode(), f"Date: {world.date()['Date']}")(tls, _over)


_BOMB = gzip.compress(b" " * 100_000_000)
GZIP_BOMB = answer(_BOMB, "Content-Encoding: gzip")
REDIRECT_BOMB = answer(_BOMB, "Content-Encoding: gzip", "Location: https://a/", status="302 Found")
BAD_REDIRECT = answer(b"", "Location: http://[::1/", status="302 Found")
DEEP = answer(b"[" * 200_000 + b"]" * 200_000)
HTML = answer(b"<html>Sign in</html>", "Content-Type: text/html")
