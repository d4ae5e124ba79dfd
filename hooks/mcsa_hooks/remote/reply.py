"""What comes back from a call to a cluster: a reply, or a failure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from mcsa_core.access import Access

OK = (200, 201)


@dataclass(frozen=True)
class Reply:
    """The HTTP response of an API server."""

    status: int
    date: float | None
    """Its header Date, the server's own clock, Unix seconds; None without one."""
    retry_after: int
    """Its header Retry-After, seconds; 0 without one."""
    body: dict[str, Any] | None = field(repr=False)
    """The JSON object; a reply of success always has one."""


class Failure(Enum):
    """Why there is no reply, in words that come after the cluster's name."""

    REFUSED = "cannot be reached at {server}: connection refused"
    NO_HOST = "cannot be reached at {server}: no such host"
    CONNECT_TIMEOUT = "cannot be reached at {server}: the connection timed out"
    PROXY = "cannot be reached at {server}: its proxy-url gives no connection"
    CONNECT = "cannot be reached at {server}"
    TLS = (
        "cannot be reached at {server}: the TLS handshake failed, check its certificate and the CA"
    )
    SLOW = "does not answer in time at {server}"
    GARBAGE = "answers at {server} with something that is no Kubernetes API"
    CA = "has a credential whose certificate-authority-data can't be used"


NOT_CONNECTED = frozenset(
    {
        Failure.REFUSED,
        Failure.NO_HOST,
        Failure.CONNECT_TIMEOUT,
        Failure.PROXY,
        Failure.CONNECT,
    }
)
"""Those of a connection that could not be made."""

Call = Callable[[Access, str, str, Any], Reply | Failure]
"""Calls a cluster: access, HTTP method, path, JSON value of the body or None."""
