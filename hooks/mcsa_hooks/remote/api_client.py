"""Calls to the API servers of other clusters.

Each call is bounded in time and size, trusts the endpoint's own CA only, and follows no redirect.
"""

import json
import re
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from mcsa_core.access import Access
from mcsa_hooks.remote import metrics
from mcsa_hooks.remote.circuit import circuit
from mcsa_hooks.remote.connections import connections
from mcsa_hooks.remote.deadline import within
from mcsa_hooks.remote.reply import OK, Call, Failure, Reply

CONNECT_SECONDS = 2
SYNC_SECONDS = 8
MAX_BYTES = 64 * 1024
_LONG_SECONDS = 7.5
_MAX_RETRY_AFTER = 3600
# RFC 9110, section 5.6.7: the preferred form of HTTP's dates, which API servers send.
_IMF_FIXDATE = "%a, %d %b %Y %H:%M:%S GMT"


def caller(cluster: str, clock: Callable[[], float] = time.monotonic) -> Call:
    """A function that calls the cluster for one sync, all its calls within 8 s.

    `cluster` is its label in metrics. While the endpoint's circuit is open a call fails at once.
    """
    deadline = clock() + SYNC_SECONDS

    def call(access: Access, method: str, path: str, body: Any) -> Reply | Failure:
        breaker = circuit(access.endpoint)
        now = clock()
        if now >= deadline:
            return Failure.SLOW
        if refusal := breaker.refusal(now, deadline):
            return refusal
        with breaker.call(now), metrics.REQUESTS.labels(cluster, method).time():
            reply = _bounded(access, method, path, body, deadline - now)
        # A time-out opens the circuit only for a GET that had nearly the whole 8 s: a POST may be
        # slow for its own reasons, such as a webhook.
        silent = reply is Failure.SLOW and method == "GET" and deadline - now > _LONG_SECONDS
        if isinstance(reply, Failure) and (reply is Failure.CONNECT or silent):
            breaker.trip(reply, clock())
        elif reply is Failure.GARBAGE:
            breaker.garbage(clock())
        else:
            breaker.reset()
        return reply

    return call


def _bounded(access: Access, method: str, path: str, body: Any, seconds: float) -> Reply | Failure:
    def attempt() -> Reply | Failure:
        return _exchange(access, method, path, body, seconds)

    def attempts() -> Reply | Failure:
        try:
            return attempt()
        except requests.ConnectionError as error:
            # The server may have closed a kept-alive connection: once more, on a new one.
            if _is_closed_connection(error):
                return attempt()
            raise

    try:
        return within(seconds, attempts)
    # A server can make the libraries raise ValueError too, by an address that is none, say.
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return _failure(error)


def _failure(error: Exception) -> Failure:
    if isinstance(error, ssl.SSLError):
        return Failure.CA
    if isinstance(error, requests.exceptions.SSLError):
        return Failure.TLS
    if isinstance(error, TimeoutError | requests.ReadTimeout | ReadTimeoutError):
        return Failure.SLOW
    if isinstance(error, requests.ConnectionError) and not _is_closed_connection(error):
        return Failure.CONNECT
    return Failure.GARBAGE


def _is_closed_connection(error: requests.ConnectionError) -> bool:
    return bool(error.args) and isinstance(error.args[0], ProtocolError)


def _exchange(access: Access, method: str, path: str, body: Any, seconds: float) -> Reply | Failure:
    endpoint = access.endpoint
    with connections(endpoint.ca, endpoint.tls_server_name).send(
        _request(access, method, path, body),
        timeout=(min(CONNECT_SECONDS, seconds), seconds),
        proxies={"https": endpoint.proxy_url} if endpoint.proxy_url else None,
        stream=True,
    ) as response:
        content = response.raw.read(MAX_BYTES + 1, decode_content=False)
        if len(content) > MAX_BYTES or "Content-Encoding" in response.headers:
            return Failure.GARBAGE
        value = _object(content)
        if value is None and response.status_code in OK:
            return Failure.GARBAGE
        return Reply(
            status=response.status_code,
            date=_date(response.headers.get("Date")),
            retry_after=_seconds(response.headers.get("Retry-After")),
            body=value,
        )


def _request(access: Access, method: str, path: str, body: Any) -> requests.PreparedRequest:
    # Only the parts of requests.Request.prepare() that are needed: auth, cookies and hooks, of
    # which there are none, would take half of its time.
    request = requests.PreparedRequest()
    request.prepare_method(method)
    request.prepare_url(access.endpoint.server.rstrip("/") + path, None)
    request.prepare_headers(
        {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {access.token}",
        }
    )
    request.prepare_body(None, None, json=body)
    return request


def _date(header: str | None) -> float | None:
    try:
        return datetime.strptime(header or "", _IMF_FIXDATE).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _seconds(header: str | None) -> int:
    if not header or not re.fullmatch("[0-9]{1,9}", header):
        return 0
    return min(int(header), _MAX_RETRY_AFTER)


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def forget() -> None:
    """Close all circuits and connections."""
    circuit.cache_clear()
    connections.cache_clear()
