"""Clients that begin requests and do not end them."""

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from pathlib import Path

from support.cluster.loopback import HOST

SECONDS = 30
"""How long such a client waits for the server; the server is less patient."""
NOTHING = b""
HEAD = b"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = HEAD + b"Content-Length: 1000\r\n\r\n{"
LONG_HEAD = HEAD + b"".join(b"X-%d: %s\r\n" % (number, b"x" * 2000) for number in range(28))
"""Just below the servers' limit."""
ENDLESS_HEAD = HEAD + b"".join(b"X-%d: %s\r\n" % (number, b"x" * 8000) for number in range(90))
LONG_BODY = HEAD + b"Content-Length: %d\r\n\r\n" % (3 * 1024 * 1024) + b" " * 2_900_000


def connected(port: int, ca: Path | None) -> socket.socket:
    """A connection to a port of the loopback, over TLS if the server has a CA."""
    client = socket.create_connection((HOST, port), timeout=SECONDS)
    context = ssl.create_default_context(cafile=str(ca)) if ca else None
    return context.wrap_socket(client, server_hostname=HOST) if context else client


@contextmanager
def crowd(port: int, ca: Path | None, count: int, begun: bytes) -> Iterator[list[socket.socket]]:
    """So many connections on which that was sent, or as much as the server took."""
    with ExitStack() as stack:
        clients = []
        for _ in range(count):
            clients.append(stack.enter_context(connected(port, ca)))
            with suppress(OSError):
                clients[-1].sendall(begun)
        yield clients


def hung_up(client: socket.socket) -> bool:
    """Whether the server ends the connection, with or without an answer."""
    try:
        while client.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def flood(port: int, ca: Path | None, count: int) -> Iterator[None]:
    """So many connections with half-requests of all kinds: another one for each that is ended."""
    stop = threading.Event()
    thread = threading.Thread(target=_flood, args=(port, ca, count, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _flood(port: int, ca: Path | None, count: int, stop: threading.Event) -> None:
    kinds = cycle((NOTHING, HEAD, BODY, LONG_HEAD, LONG_BODY[:1_000_000]))
    clients: list[socket.socket] = []
    while not stop.is_set():
        if len(clients) < count:
            with suppress(OSError):
                clients.append(connected(port, ca))
                clients[-1].sendall(next(kinds))
            continue
        ended = select.select(clients, [], [], 0.1)[0]
        for client in ended:
            client.close()
        clients = [client for client in clients if client not in ended]
    for client in clients:
        client.close()
