"""The calls to source clusters: the one module that touches the network.

Every call is bounded in time and size, verified against the credential's own CA, and never follows
anybody anywhere else.
"""

import json
import re
import socket
import ssl
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from mcsa_hooks.imports.deadline import within
from mcsa_hooks.imports.verdict import Call, Failure, Reply
from multicluster_service_account.access import Access

CONNECT_SECONDS = 2
SYNC_SECONDS = 8
MAX_BYTES = 1024 * 1024
_FAIL_FAST_SECONDS = 10
_CONNECTIONS = 100
_MAX_RETRY_AFTER = 3600
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

_silent: dict[str, tuple[float, Failure]] = {}
"""Until when (monotonic) not to try which server again, and how it failed."""


def caller(clock: Callable[[], float] = time.monotonic) -> Call:
    """A function that calls source clusters for one sync, within 8 s in all."""
    deadline = clock() + SYNC_SECONDS

    def call(access: Access, method: str, path: str, body: Any) -> Reply | Failure:
        until, failure = _silent.get(access.server, (0.0, Failure.CONNECT))
        if clock() < until:
            return failure
        remaining = deadline - clock()
        if remaining <= 0:
            return Failure.SLOW
        got = _bounded(access, method, path, body, remaining)
        if got in (Failure.CONNECT, Failure.SLOW):
            _silent[access.server] = (clock() + _FAIL_FAST_SECONDS, got)
        else:
            _silent.pop(access.server, None)
        return got

    return call


def _bounded(access: Access, method: str, path: str, body: Any, seconds: float) -> Reply | Failure:
    try:
        return within(seconds, lambda: _exchange(access, method, path, body, seconds))
    except ssl.SSLError:
        return Failure.CA
    except requests.exceptions.SSLError:
        return Failure.TLS
    except (TimeoutError, requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
        return Failure.SLOW
    except urllib3.exceptions.HTTPError:
        return Failure.GARBAGE
    except (requests.RequestException, OSError):
        return Failure.CONNECT


def _exchange(access: Access, method: str, path: str, body: Any, seconds: float) -> Reply | Failure:
    session = _session(access.ca, access.tls_server_name, access.proxy_url)
    with session.request(
        method,
        access.server.rstrip("/") + path,
        headers={"Authorization": f"Bearer {access.token}"},
        json=body,
        timeout=(min(CONNECT_SECONDS, seconds), seconds),
        allow_redirects=False,
        stream=True,
    ) as response:
        content = response.raw.read(MAX_BYTES + 1, decode_content=False)
        if len(content) > MAX_BYTES or "Content-Encoding" in response.headers:
            return Failure.GARBAGE
        return Reply(
            status=response.status_code,
            date=_date(response.headers.get("Date")),
            retry_after=_seconds(response.headers.get("Retry-After")),
            body=_json(content),
        )


@lru_cache(maxsize=256)
def _session(ca: str, tls_server_name: str | None, proxy_url: str | None) -> requests.Session:
    """Kept-alive connections that trust nothing but `ca`; ssl.SSLError if that is no CA."""
    session = requests.Session()
    session.trust_env = False
    session.headers.clear()
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.proxies = {"https": proxy_url} if proxy_url else {}
    session.mount("https://", _Adapter(ca, tls_server_name))
    return session


class _Adapter(HTTPAdapter):
    """Verifies servers against one CA, where requests would add the public ones."""

    def __init__(self, ca: str, tls_server_name: str | None) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(cadata=ca)
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


def _date(header: str | None) -> float | None:
    try:
        return parsedate_to_datetime(header or "").timestamp()
    except ValueError:
        return None


def _seconds(header: str | None) -> int:
    return (
        min(int(header), _MAX_RETRY_AFTER) if header and re.fullmatch("[0-9]{1,9}", header) else 0
    )


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def forget() -> None:
    """Nothing is remembered of any source; all that is lost is time."""
    _silent.clear()
    _session.cache_clear()
