"""Services: fixed addresses for servers that come and go, here by an HTTP proxy (CONNECT).

The clients are configured to use the proxy, and otherwise as in a cluster: they call the names and
addresses of Services, and verify certificates for these.
"""

import socket
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from support.cluster.loopback import HOST


class Services:
    """Which port of the loopback has a Service's address (host:port) at this moment."""

    def __init__(self, folder: Path) -> None:
        self.ports: dict[str, int] = {}
        handler = _handler(self.ports)
        self.socket = folder / "services"
        self._servers = [_Server((HOST, 0), handler), _UnixServer(str(self.socket), handler)]
        self.url = f"http://{HOST}:{self._servers[0].server_address[1]}"

    @contextmanager
    def running(self) -> Iterator["Services"]:
        """They are there for as long as the `with` block lasts."""
        threads = [
            threading.Thread(target=server.serve_forever, daemon=True) for server in self._servers
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            for server, thread in zip(self._servers, threads, strict=True):
                server.shutdown()
                server.server_close()
                thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class _UnixServer(socketserver.ThreadingUnixStreamServer):
    """For API servers, which speak to no proxy on a port without TLS."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def _handler(ports: Mapping[str, int]) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _connect(self.request, ports)

    return Handler


def _connect(client: socket.socket, ports: Mapping[str, int]) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        received = client.recv(4096)
        if not received:
            return
        head += received
    method, address = head.decode().split()[:2]
    if method != "CONNECT" or address not in ports:
        client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        return
    try:
        server = socket.create_connection((HOST, ports[address]), timeout=10)
    except OSError:
        client.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
        return
    with server:
        server.settimeout(None)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()


def _pump(sender: socket.socket, receiver: socket.socket) -> None:
    with suppress(OSError):
        while data := sender.recv(65536):
            receiver.sendall(data)
    with suppress(OSError):
        receiver.shutdown(socket.SHUT_WR)
