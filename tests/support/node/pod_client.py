"""A client in a pod, which sends the source one SelfSubjectReview after another."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import NamedTuple, Self

_PAUSE = 0.05


class Identity(NamedTuple):
    """The user of a SelfSubjectReview."""

    subject: str
    grant: str
    """The id of its token."""


Ask = Callable[[], Identity]


class Window:
    """A time in which requests may fail: while the `with` block lasts; monotonic seconds."""

    def __init__(self) -> None:
        self.begin, self.end = float("inf"), float("inf")

    def __enter__(self) -> Self:
        self.begin = time.monotonic()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.end = time.monotonic()


class Failure(NamedTuple):
    """A request without success, and when (monotonic) it began and ended."""

    begin: float
    end: float
    what: str


class PodClient:
    """A thread that sends reviews for as long as the `with` block lasts."""

    def __init__(self, connected: AbstractContextManager[Ask], subject: str) -> None:
        self._connected = connected
        self._subject = subject
        self._over = threading.Event()
        self._stack = ExitStack()
        self.requests = 0
        self.failures: list[Failure] = []
        self.grants: list[str] = []
        """The ids of its tokens, in their order."""

    def __enter__(self) -> Self:
        ask = self._stack.enter_context(self._connected)
        thread = threading.Thread(target=self._run, args=(ask,))
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(self._over.set)
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stack.close()

    def failed(self, *excused: Window) -> list[str]:
        """What went wrong outside of these times."""
        return [
            failure.what
            for failure in self.failures
            if not any(failure.begin < w.end and w.begin < failure.end for w in excused)
        ]

    def _run(self, ask: Ask) -> None:
        while not self._over.wait(_PAUSE):
            begin = time.monotonic()
            what = self._request(ask)
            self.requests += 1
            if what:
                self.failures.append(Failure(begin, time.monotonic(), what))

    def _request(self, ask: Ask) -> str:
        """What was wrong; empty if nothing was."""
        try:
            identity = ask()
        except Exception as error:  # noqa: BLE001 - whatever a pod would meet
            return f"{type(error).__name__} {getattr(error, 'status', '')}".strip()
        if identity.grant not in self.grants[-1:]:
            self.grants.append(identity.grant)
        return "" if identity.subject == self._subject else "another identity"
