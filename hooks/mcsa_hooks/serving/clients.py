"""The connections of one port: how long each may keep the server waiting, and which makes room.

A client that is slow or silent holds a connection, and memory for its unfinished request. Every
wait for a client has a deadline. Past a number of connections, or of bytes held for them, the one
that has kept the server waiting longest is dropped.
"""

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent

CONNECTIONS = 512
HELD_BYTES = 32 * 1024 * 1024
HANDSHAKE_SECONDS = 5
REQUEST_SECONDS = 10
"""For the first request of a connection, for a whole body, and for taking an answer."""
_GRACE_SECONDS = 1


class DroppedError(ConnectionResetError):
    """A dropped connection; gunicorn closes it as one that its client has reset."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "dropped: too slow, or made room for others")


class Client:
    """A connection, served by a greenlet of its own; times are monotonic seconds."""

    def __init__(self) -> None:
        self.greenlet = gevent.getcurrent()
        self.keep_alive = False
        """Whether the next request may be long in coming; the first may not."""
        self.idle = False
        """Whether it is kept alive between requests."""
        self.waiting_since: float | None = None
        """None while the server works on a request."""
        self.deadline = 0.0
        self.held = 0
        """Bytes of the request or of the answer, as far as they are known to be many."""
        self.phase = 0
        """Counts waits and works, so that nothing is dropped that went on meanwhile."""


class Clients:
    """At most `connections` of a port, with about `held_bytes` of requests and answers."""

    def __init__(
        self,
        connections: int = CONNECTIONS,
        held_bytes: int = HELD_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._held_limit, self._clock = connections, held_bytes, clock
        self._clients: dict[object, Client] = {}
        self._held = 0

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Count the connection that this greenlet serves, and make room for it."""
        client = self._clients[gevent.getcurrent()] = Client()
        self._enter(client, HANDSHAKE_SECONDS)
        if len(self._clients) > self._limit:
            self._make_room(client)
        try:
            yield
        finally:
            self._hold(client, 0)
            del self._clients[client.greenlet]

    def await_request(self, keepalive_seconds: float) -> None:
        """Wait for the next request: the first is due at once, others keep the connection alive."""
        client = self._current()
        self._hold(client, 0)
        self._enter(client, keepalive_seconds if client.keep_alive else REQUEST_SECONDS)
        client.idle = client.keep_alive

    def await_transfer(self, held: int, deadline: float | None = None) -> float:
        """Wait until `held` bytes are sent or taken, by `deadline` or that which is returned."""
        client = self._current()
        self._enter(client, REQUEST_SECONDS)
        client.deadline = deadline or client.deadline
        self._hold(client, held)
        while self._held > self._held_limit and self._make_room(client, among_holders=True):
            pass
        return client.deadline

    def work(self) -> None:
        """Have all that is needed from the client for now."""
        client = self._current()
        client.idle, client.waiting_since = False, None
        client.phase += 1

    def keep_alive(self, keep: bool) -> None:
        """Let the client wait with its next request, or not."""
        self._current().keep_alive = keep

    def keeps_alive(self) -> bool:
        """Whether the client may send another request."""
        return self._current().keep_alive

    def drop_overdue(self) -> None:
        """Drop the clients whose deadline has passed."""
        now = self._clock()
        for client in list(self._clients.values()):
            if client.waiting_since is not None and client.deadline < now:
                self._drop(client)

    def _current(self) -> Client:
        return self._clients[gevent.getcurrent()]

    def _enter(self, client: Client, seconds: float) -> None:
        client.waiting_since = self._clock()
        client.deadline = client.waiting_since + seconds
        client.phase += 1

    def _hold(self, client: Client, held: int) -> None:
        self._held += held - client.held
        client.held = held

    def _make_room(self, newcomer: Client, *, among_holders: bool = False) -> bool:
        """Drop the client that has kept the server waiting longest, if there is any."""
        now = self._clock()

        def order(client: Client) -> tuple[bool, float]:
            # Kept-alive connections of good clients are old: unfinished requests go before them.
            waited = now - (client.waiting_since or 0)
            return client.idle or waited < _GRACE_SECONDS, -waited

        waiting = [
            client
            for client in self._clients.values()
            if client is not newcomer and client.waiting_since is not None
            if client.held or not among_holders
        ]
        if waiting:
            self._drop(min(waiting, key=order))
        return bool(waiting)

    def _drop(self, client: Client) -> None:
        self._hold(client, 0)
        client.waiting_since = None
        gevent.get_hub().loop.run_callback(_throw, client, client.phase)


def _throw(client: Client, phase: int) -> None:
    # Since this was scheduled the client may have sent what it was to send.
    if client.phase == phase:
        client.greenlet.throw(DroppedError())
