"""One connection: since when the server waits for it, until when, and how it is dropped."""

import errno

import gevent


class DroppedError(ConnectionResetError):
    """The server drops the connection; gunicorn closes it as if the client had reset it."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "dropped: too slow, or its place was needed")


class Client:
    """A connection that the current greenlet serves; times are monotonic seconds."""

    def __init__(self) -> None:
        self.greenlet = gevent.getcurrent()
        self.keep_alive = False
        """Whether the next request may be long in coming; the first may not."""
        self.idle = False
        """Whether it is kept alive between requests."""
        self.waiting_since: float | None = None
        """None while the server works on a request."""
        self.deadline = 0.0
        self.buffered_bytes = 0
        """The length of its request body or its answer; 0 while neither is transferred."""
        self._phase = 0
        """A number that changes with each wait and each piece of work."""

    def wait(self, now: float, seconds: float) -> None:
        """The server waits for the client, from `now` on, for `seconds`."""
        self.waiting_since, self.deadline = now, now + seconds
        self._phase += 1

    def work(self) -> None:
        """The server has all that it needs from the client for now."""
        self.idle, self.waiting_since = False, None
        self._phase += 1

    def drop(self) -> None:
        """Raise DroppedError in the greenlet, in the next turn of the event loop."""
        self.waiting_since = None
        gevent.get_hub().loop.run_callback(self._throw, self._phase)

    def _throw(self, phase: int) -> None:
        # The missing bytes may have arrived in the same turn of the event loop.
        if self._phase == phase:
            self.greenlet.throw(DroppedError())
