"""Sockets that bound the work which one reply makes, whoever sends it."""

import socket
import ssl
import time
from typing import Any

# For 64 KiB of JSON and its headers.
_MAX_BYTES = 80 * 1024
# http.client takes time by the read and the line. API servers answer in one, unless a browser asks.
_MAX_PIECES = 1024


class ReplyTooExpensiveError(ValueError):
    """A reply takes more bytes, lines or reads than any that would be of use."""


class _Bounded(socket.socket):
    _received = _pieces = _reads = 0

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """Send a part of a request; the reply to it is counted anew."""
        self._received = self._pieces = 0
        super().sendall(*args, **kwargs)

    def recv_into(self, buffer: Any, *args: Any, **kwargs: Any) -> int:
        """Read a part of a reply; ReplyTooExpensiveError if that was too much of it."""
        self._reads += 1
        # A good reply takes one or two. gevent switches to other greenlets only where one waits.
        if self._reads % 8 == 0:
            time.sleep(0)
        count = super().recv_into(buffer, *args, **kwargs)
        self._received += count
        self._pieces += 1 + bytes(buffer[:count]).count(b"\n")
        # An OSError would pass for a connection that has died, and the request be sent again.
        if self._received > _MAX_BYTES or self._pieces > _MAX_PIECES:
            raise ReplyTooExpensiveError
        return count


class TlsSocket(_Bounded, ssl.SSLSocket):
    """To a source."""


class PlainSocket(_Bounded):
    """To a proxy, until it has made a tunnel."""


def bounded(connected: socket.socket) -> PlainSocket:
    """The same connection, which takes the place of `connected`."""
    timeout = connected.gettimeout()
    plain = PlainSocket(fileno=connected.detach())
    plain.settimeout(timeout)
    return plain
