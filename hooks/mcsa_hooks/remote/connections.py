"""Kept-alive connections to API servers, each verified against its own CA only."""

import socket
from functools import lru_cache
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPSConnection

from mcsa_core.endpoint import tls_context
from mcsa_hooks.remote.bounded_sockets import TlsSocket, bounded

_CONNECTIONS = 100
_SOURCES = 1024
# TCP keep-alive, since load balancers drop idle connections without a RST.
_KEEP_ALIVE = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, option), seconds)
        for option, seconds in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))
        if hasattr(socket, option)
    ),
]


@lru_cache(maxsize=_SOURCES)
def connections(ca: str, tls_server_name: str | None) -> HTTPAdapter:
    """The connection pools of servers of one CA; ssl.SSLError if `ca` holds no certificate.

    Without a requests.Session around it the adapter reads no proxy or CA bundle from the
    environment, keeps no cookies and follows no redirect.
    """
    return _Adapter(ca, tls_server_name)


class _Adapter(HTTPAdapter):
    """Verifies servers against one CA; requests would add certifi's public ones."""

    def __init__(self, ca: str, tls_server_name: str | None) -> None:
        context = tls_context(ca)
        context.sslsocket_class = TlsSocket
        self._tls = {
            "ssl_context": context,
            "server_hostname": tls_server_name,
            "assert_hostname": tls_server_name,
            "socket_options": _KEEP_ALIVE,
        }
        super().__init__(pool_connections=_SOURCES, pool_maxsize=_CONNECTIONS)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """The key of the pool that a request may use: its host's."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, self._tls

    def build_response(
        self, request: requests.PreparedRequest, reply: BaseHTTPResponse
    ) -> requests.Response:
        """A response whose cookies and content type are not parsed, which is slow."""
        response = requests.Response()
        response.request, response.raw = request, reply
        response.status_code, response.headers = reply.status, CaseInsensitiveDict(reply.headers)
        return response

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> ProxyManager:
        """The pools behind a proxy, whose reply to CONNECT is bounded too."""
        manager: ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = {"https": _ProxiedPool}
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: the SSLContext verifies."""


class _ProxiedConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return bounded(super()._new_conn())


class _ProxiedPool(HTTPSConnectionPool):
    ConnectionCls = _ProxiedConnection
