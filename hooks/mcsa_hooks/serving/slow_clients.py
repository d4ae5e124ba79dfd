"""The connections of one port: how long the server waits for each, and which one is dropped.

A slow or silent client holds a connection, and memory for its unfinished request. Every wait for a
client has a deadline. Past a number of connections, or of bytes buffered for them, the connection
that has kept the server waiting longest is dropped.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent

from mcsa_hooks.serving.client_connection import Client

MAX_CONNECTIONS = 512
MAX_BYTES = 32 * 1024 * 1024
HANDSHAKE_SECONDS = 5
REQUEST_SECONDS = 10
"""For the first request of a connection, for a whole body, and for the client to take an answer."""
_GRACE_SECONDS = 1


class Clients:
    """At most `max_connections` of a port, with about `max_bytes` of requests and answers."""

    def __init__(
        self,
        max_connections: int = MAX_CONNECTIONS,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_connections, self._max_bytes, self._clock = max_connections, max_bytes, clock
        self._clients: dict[object, Client] = {}
        self._buffered_bytes = 0

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Count the connection of this greenlet, and drop another if there are too many."""
        client = self._clients[gevent.getcurrent()] = Client()
        client.wait(self._clock(), HANDSHAKE_SECONDS)
        if len(self._clients) > self._max_connections:
            self._drop_longest_waiting(client)
        try:
            yield
        finally:
            self._buffer(client, 0)
            del self._clients[client.greenlet]

    def await_request(self, keepalive_seconds: float) -> None:
        """The server waits `keepalive_seconds` for a request, REQUEST_SECONDS for the first one."""
        client = self._current()
        self._buffer(client, 0)
        client.wait(self._clock(), keepalive_seconds if client.keep_alive else REQUEST_SECONDS)
        client.idle = client.keep_alive

    def await_transfer(self, length: int, deadline: float | None = None) -> float:
        """The server waits until the client has sent or taken `length` bytes, by `deadline`.

        By default it is REQUEST_SECONDS from now. It is returned, so that a body that is read in
        several parts has one deadline for all of them.
        """
        client = self._current()
        client.wait(self._clock(), REQUEST_SECONDS)
        client.deadline = deadline or client.deadline
        self._buffer(client, length)
        while self._buffered_bytes > self._max_bytes:
            if not self._drop_longest_waiting(client, with_bytes=True):
                break
        return client.deadline

    def work(self) -> None:
        """The server has all that it needs from the client for now."""
        self._current().work()

    def keep_alive(self, keep: bool) -> None:
        """Let the client send another request, or not."""
        self._current().keep_alive = keep

    def keeps_alive(self) -> bool:
        """Whether the client may send another request."""
        return self._current().keep_alive

    def drop_overdue(self) -> None:
        """Drop the connections whose deadline has passed."""
        now = self._clock()
        for client in list(self._clients.values()):
            if client.waiting_since is not None and client.deadline < now:
                self._drop(client)

    def _current(self) -> Client:
        return self._clients[gevent.getcurrent()]

    def _buffer(self, client: Client, length: int) -> None:
        self._buffered_bytes += length - client.buffered_bytes
        client.buffered_bytes = length

    def _drop_longest_waiting(self, newcomer: Client, *, with_bytes: bool = False) -> bool:
        """Whether there was a connection to drop, besides that of `newcomer`."""
        now = self._clock()

        def order(client: Client) -> tuple[bool, float]:
            # Kept-alive connections of good clients are old: unfinished requests go before them.
            seconds = now - (client.waiting_since or 0)
            return client.idle or seconds < _GRACE_SECONDS, -seconds

        candidates = [
            client
            for client in self._clients.values()
            if client is not newcomer and client.waiting_since is not None
            if client.buffered_bytes or not with_bytes
        ]
        if candidates:
            self._drop(min(candidates, key=order))
        return bool(candidates)

    def _drop(self, client: Client) -> None:
        self._buffer(client, 0)
        client.drop()
