"""Kept-alive connections to a source cluster that trust its own CA and nothing else."""

import socket
import ssl
import time
from functools import lru_cache
from typing import Any

import requests
from requests.adapters import HTTPAdapter

_CONNECTIONS = 100
# Load balancers forget idle connections without a word.
_KEEP_ALIVE = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, option), seconds)
        for option, seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, option)
    ),
]


@lru_cache(maxsize=256)
def connections(ca: str, tls_server_name: str | None) -> HTTPAdapter:
    """Connections to servers of one CA; ssl.SSLError if `ca` is none.

    Without a session around them they take nothing from the environment, keep no cookies and
    follow nobody.
    """
    return _Adapter(ca, tls_server_name)


class _Adapter(HTTPAdapter):
    """Verifies servers against one CA, where requests would add the public ones."""

    def __init__(self, ca: str, tls_server_name: str | None) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # As in Go any certificate of the CA is an anchor, self-signed or not.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=ca)
        context.sslsocket_class = _Socket
        self._tls = {
            "ssl_context": context,
            "server_hostname": tls_server_name,
            "assert_hostname": tls_server_name,
            "socket_options": _KEEP_ALIVE,
        }
        super().__init__(pool_maxsize=_CONNECTIONS)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """The connection that a request may share: any to its host."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, self._tls

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing: the connection's own context verifies."""


class _Socket(ssl.SSLSocket):
    _reads = 0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Let others have their turn: under gevent a server that never pauses would have it all."""
        self._reads += 1
        # An answer as it should be takes one or two.
        if self._reads % 8 == 0:
            time.sleep(0)
        return super().recv_into(*args, **kwargs)
