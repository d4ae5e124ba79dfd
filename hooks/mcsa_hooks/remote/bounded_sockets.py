"""Sockets that bound how many bytes, lines and reads one reply may take."""

import socket
import ssl
import time
from typing import Any

# For 64 KiB of JSON and its headers.
_MAX_BYTES = 80 * 1024
# http.client takes time for each read and each line; API servers send JSON on one line.
_MAX_PIECES = 1024


class ReplyTooExpensiveError(ValueError):
    """A reply takes more bytes, lines or reads than any good reply does."""


class _Bounded(socket.socket):
    _received = _pieces = _reads = 0

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """Send a part of a request, and count its reply from zero."""
        self._received = self._pieces = 0
        super().sendall(*args, **kwargs)

    def recv_into(self, buffer: Any, *args: Any, **kwargs: Any) -> int:
        """Read a part of a reply; ReplyTooExpensiveError past the bounds."""
        self._reads += 1
        # gevent switches greenlets only where one waits: yield to the hub at every eighth read.
        if self._reads % 8 == 0:
            time.sleep(0)
        count = super().recv_into(buffer, *args, **kwargs)
        self._received += count
        self._pieces += 1 + bytes(buffer[:count]).count(b"\n")
        # Not an OSError, which would pass for a closed connection and have the request sent again.
        if self._received > _MAX_BYTES or self._pieces > _MAX_PIECES:
            raise ReplyTooExpensiveError
        return count


class TlsSocket(_Bounded, ssl.SSLSocket):
    """A TLS connection to an API server."""


class PlainSocket(_Bounded):
    """A connection to a proxy, until CONNECT has made the tunnel."""


def bounded(connected: socket.socket) -> PlainSocket:
    """The same connection as a PlainSocket; `connected` is detached from it."""
    timeout = connected.gettimeout()
    plain = PlainSocket(fileno=connected.detach())
    plain.settimeout(timeout)
    return plain
