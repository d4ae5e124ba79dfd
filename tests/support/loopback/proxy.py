"""An HTTP proxy on the loopback that records for which hosts it was asked."""

import select
import socket
import threading
from contextlib import suppress
from typing import Self

from support.cluster.loopback import HOST


class Proxy:
    """It makes tunnels (CONNECT, RFC 9110) for as long as the `with` block lasts."""

    def __init__(self) -> None:
        self._socket = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_raised: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        request = client.recv(65536).decode()
        target = request.split(" ")[1]
        self.asked.append(target)
        host, _, port = target.rpartition(":")
        with client, socket.create_connection((host, int(port))) as server, suppress(OSError):
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            other = {client: server, server: client}
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    if not (data := ready.recv(65536)):
                        return
                    other[ready].sendall(data)


class EndlessProxy(Proxy):
    """It makes no tunnel, but sends header after header."""

    def _tunnel(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.recv(65536)
            client.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                client.sendall(b"X-More: x\r\n" * 1000)
