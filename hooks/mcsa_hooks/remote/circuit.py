"""Circuit breakers: a dead cluster must not slow down the syncs of the others.

The pattern is M. Nygard's (Release It!, 2007). The state is the process's own; losing it costs time
only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from mcsa_core.endpoint import Endpoint
from mcsa_hooks.remote.reply import Failure

_OPEN_SECONDS = 10
_OPEN_SECONDS_AFTER_SEVERAL = 5
# A single huge service account, or a webhook that is slow for one, must not open the circuit for
# the cluster's other accounts.
_SEVERAL = 5
_SLOW_SECONDS = 1
_SLOW_CALLS = 4


class Circuit:
    """Whether to call an endpoint now; all times are monotonic seconds."""

    def __init__(self) -> None:
        self._failure: Failure | None = None
        self._open_until = 0.0
        self._failures = 0
        """How many calls in a row were counted as failed."""
        self._calls: list[float] = []
        """When the calls under way began."""

    def refusal(self, now: float, deadline: float) -> Failure | None:
        """Why not to call now; None lets a call through, which ends by the deadline.

        Open: no call. Half open, once the open time is over: one call at a time. And no call while
        several are waiting for more than a second.
        """
        if self._failure and now < self._open_until:
            return self._failure
        if sum(now - began > _SLOW_SECONDS for began in self._calls) >= _SLOW_CALLS:
            return Failure.SLOW
        if self._failure:
            # Half open: this call is let through, and the circuit is open for other calls.
            self._open_until = deadline
        return None

    @contextmanager
    def call(self, now: float) -> Iterator[None]:
        """Count a call as under way."""
        self._calls.append(now)
        try:
            yield
        finally:
            self._calls.remove(now)

    def trip(self, failure: Failure, now: float) -> None:
        """Open the circuit for some seconds."""
        self._failure, self._open_until = failure, now + _OPEN_SECONDS

    def count(self, failure: Failure, now: float) -> None:
        """Open the circuit after several failures in a row that may each be of one account only."""
        self._failures += 1
        self._failure = None
        if self._failures >= _SEVERAL:
            self._failure, self._open_until = failure, now + _OPEN_SECONDS_AFTER_SEVERAL

    def reset(self) -> None:
        """Close the circuit: the endpoint has answered."""
        self._failure = None
        self._failures = 0


@lru_cache(maxsize=1024)
def circuit(_endpoint: Endpoint) -> Circuit:
    """The circuit of an endpoint, always the same."""
    return Circuit()
