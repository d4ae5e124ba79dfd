"""Kept-alive connections to a source cluster that trust its own CA and nothing else."""

import socket
import ssl
import time
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
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
def session(ca: str, tls_server_name: str | None, proxy_url: str | None) -> requests.Session:
    """A session for servers of one CA; ssl.SSLError if `ca` is none.

    It takes nothing from the environment, keeps no cookies and follows nobody.
    """
    made = _Session()
    made.trust_env = False
    made.headers.clear()
    made.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    made.proxies = {"https": proxy_url} if proxy_url else {}
    made.mount("https://", _Adapter(ca, tls_server_name))
    return made


class _Session(requests.Session):
    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """As ever; but cookies, parameters and logins, which there are none of, take time."""
        prepared = requests.PreparedRequest()
        headers = {**self.headers, **(request.headers or {})}
        prepared.prepare(request.method, request.url, headers, json=request.json)
        return prepared

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even to not follow it, requests would read all of the body, decompressed."""


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
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Let others have their turn: under gevent a server that never pauses would have it all."""
        time.sleep(0)
        return super().recv_into(*args, **kwargs)
