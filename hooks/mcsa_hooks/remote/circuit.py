"""Circuit breakers: one dead source must not slow down the others.

The pattern is M. Nygard's (Release It!, 2007). What they remember is this process's own; to lose
it costs nothing but time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from mcsa_core.endpoint import Endpoint
from mcsa_hooks.serviceaccountimports.reasons import Failure

_OPEN_SECONDS = 10
_RUBBISH_SECONDS = 5
# One account of the source that somebody there made huge does not count for the others.
_RUBBISH_REPLIES = 5
_SLOW_SECONDS = 1
_SLOW_CALLS = 4


class Circuit:
    """Whether to call a source at this moment; all times are monotonic seconds."""

    def __init__(self) -> None:
        self._failure: Failure | None = None
        self._open_until = 0.0
        self._rubbish = 0
        """How many of the last replies in a row were of no use."""
        self._calls: list[float] = []
        """When those that are under way began."""

    def refusal(self, now: float, deadline: float) -> Failure | None:
        """Why not to call now; None lets one call through, which ends by the deadline.

        Nobody queues up behind several calls that the source has left waiting for a second.
        """
        if self._failure and now < self._open_until:
            return self._failure
        if sum(now - began > _SLOW_SECONDS for began in self._calls) >= _SLOW_CALLS:
            return Failure.SLOW
        if self._failure:
            # Until this call has ended, no other one tries.
            self._open_until = deadline
        return None

    @contextmanager
    def call(self, now: float) -> Iterator[None]:
        """A call is under way."""
        self._calls.append(now)
        try:
            yield
        finally:
            self._calls.remove(now)

    def trip(self, failure: Failure, now: float) -> None:
        """The source is left alone for some seconds, then tried by one call at a time."""
        self._failure, self._open_until = failure, now + _OPEN_SECONDS

    def rubbish(self, now: float) -> None:
        """A reply is of no use, which takes time to find out: after several it is the same."""
        self._rubbish += 1
        self._failure = None
        if self._rubbish >= _RUBBISH_REPLIES:
            self._failure, self._open_until = Failure.GARBAGE, now + _RUBBISH_SECONDS

    def reset(self) -> None:
        """The source answers."""
        self._failure = None
        self._rubbish = 0


@lru_cache(maxsize=1024)
def circuit(_endpoint: Endpoint) -> Circuit:
    """The one of a source, as a credential reaches it."""
    return Circuit()
