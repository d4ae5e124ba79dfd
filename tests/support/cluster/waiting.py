"""Polling until a condition holds."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T], seconds: float = 60) -> T:
    """The first true result of `look`; AssertionError after `seconds` without one."""
    deadline = time.monotonic() + seconds
    while not (result := look()):
        assert time.monotonic() < deadline, f"still {result!r} after {seconds} s"
        time.sleep(0.1)
    return result
