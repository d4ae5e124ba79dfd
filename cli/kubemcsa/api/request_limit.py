"""How long this run of kubemcsa waits for an API server."""

from contextvars import ContextVar

REQUEST_SECONDS: ContextVar[int | None] = ContextVar("request_seconds", default=None)
"""For a whole request; 0 for no limit, None for those that follow."""
CONNECT_SECONDS = 5
READ_SECONDS = 30


def urllib3_timeout(seconds: int | None) -> object:
    """The timeout of one request, where REQUEST_SECONDS is `seconds`."""
    from urllib3 import Timeout  # noqa: PLC0415 - takes longer to import than --help to print

    if seconds is None:
        return Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    return Timeout(total=seconds or None)


def longest(seconds: int | None, default: int) -> str:
    """How long was waited, for messages: `30s`."""
    return f"{default if seconds is None else seconds}s"
