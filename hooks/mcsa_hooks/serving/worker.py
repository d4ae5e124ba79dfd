"""gunicorn's gevent worker, with deadlines and a bound on memory for slow clients."""

import copy
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from gevent.pool import Pool
from gevent.server import StreamServer
from gunicorn.workers.ggevent import GeventWorker

from mcsa_hooks.serving import tls
from mcsa_hooks.serving.slow_clients import Clients

_DISCARDED_BYTES = 1024 * 1024
_STEP = 64 * 1024

WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Worker(GeventWorker):  # type: ignore[misc] # gunicorn is not typed
    """gunicorn bounds the headers of a request; this worker bounds time, connections and memory.

    gunicorn's gevent worker has no time-out for a request that arrives byte by byte, nor for an
    answer that the client does not read, and with all connections in use it accepts no more.
    """

    def load_wsgi(self) -> None:
        """Load the application, and bound its clients."""
        super().load_wsgi()
        self._ports: list[Clients] = []
        self._bound(self, Clients(), self.wsgi)

    def listen(self, listener: Any, wsgi: WSGI, connections: int) -> None:
        """Serve another application without TLS, with connections of its own."""
        port = copy.copy(self)
        self._bound(port, Clients(connections), wsgi)
        handle = partial(port.handle, listener)
        StreamServer(listener, handle, spawn=Pool(self.worker_connections)).start()

    def notify(self) -> None:
        """Touch the file by which gunicorn sees that the worker lives; drop overdue connections.

        The worker calls it once a second.
        """
        super().notify()
        for clients in self._ports:
            clients.drop_overdue()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve a connection until it ends."""
        with self.clients.connected():
            if not isinstance(client, ssl.SSLSocket) or tls.handshaken(client):
                super().handle(listener, client, addr)

    def timeout_ctx(self) -> AbstractContextManager[None]:
        """An empty context for the next request: at a time-out Clients drops the connection."""
        self.clients.await_request(self.cfg.keepalive)
        return nullcontext()

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> bool:
        """Answer a request; StopIteration ends the connection."""
        super().handle_request(listener_name, req, sock, addr)
        # To keep the connection gunicorn would read the rest of a body of any length.
        if not self.clients.keeps_alive():
            raise StopIteration
        return True

    def _bound(self, port: "Worker", clients: Clients, wsgi: WSGI) -> None:
        port.clients, port.wsgi = clients, partial(_answer, clients, wsgi)
        self._ports.append(clients)


def _answer(
    clients: Clients, wsgi: WSGI, environ: dict[str, Any], start_response: Any
) -> Iterator[bytes]:
    """The answer of `wsgi`; the server counts as working, except while the body is read."""
    body = environ["wsgi.input"] = _Body(clients, environ)
    clients.work()
    answer = wsgi(environ, start_response)
    try:
        chunks = list(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    body.discard()
    clients.keep_alive(body.finished)
    clients.await_transfer(sum(map(len, chunks)))
    return iter(chunks)


class _Body:
    """The body of a request (`wsgi.input`), with a deadline for all of it."""

    def __init__(self, clients: Clients, environ: dict[str, Any]) -> None:
        self._clients = clients
        self._input = environ["wsgi.input"]
        self._length = int(environ.get("CONTENT_LENGTH") or 0)
        self._received_bytes = 0
        self._deadline: float | None = None
        # Only a chunked body has no known length.
        self._ended = "HTTP_TRANSFER_ENCODING" not in environ

    @property
    def finished(self) -> bool:
        """Whether all of it has been read."""
        return self._ended and self._received_bytes >= self._length

    def discard(self) -> None:
        """Read the rest, up to 1 MiB: a client that still sends does not read the answer."""
        limit = self._received_bytes + _DISCARDED_BYTES
        try:
            while not self.finished and self._received_bytes < limit and self.read(_STEP):
                pass
        except (OSError, ValueError):
            self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; DroppedError past the deadline."""
        length = max(self._length, self._received_bytes)
        self._deadline = self._clients.await_transfer(length, self._deadline)
        try:
            data: bytes = self._input.read(size)
        finally:
            self._clients.work()
        self._received_bytes += len(data)
        self._ended = self._ended or not data
        return data
