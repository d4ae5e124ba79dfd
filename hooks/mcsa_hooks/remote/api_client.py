"""The calls to source clusters: the one module that touches the network.

Every call is bounded in time and size, verified against the credential's own CA, and never follows
anybody anywhere else.
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
from mcsa_hooks.remote.circuit import circuit
from mcsa_hooks.remote.connections import connections
from mcsa_hooks.remote.deadline import within
from mcsa_hooks.serviceaccountimports import metrics
from mcsa_hooks.serviceaccountimports.reasons import OK, Call, Failure, Reply

CONNECT_SECONDS = 2
SYNC_SECONDS = 8
MAX_BYTES = 64 * 1024
_LONG_SECONDS = 7.5
_MAX_RETRY_AFTER = 3600
# RFC 9110, section 5.6.7: the one form of a date that servers send.
_IMF_FIXDATE = "%a, %d %b %Y %H:%M:%S GMT"


def caller(cluster: str, clock: Callable[[], float] = time.monotonic) -> Call:
    """A function that calls the source cluster for one sync, within 8 s in all.

    Whoever could not be reached, was silent for all that time, or sent nothing but rubbish, is
    left alone for some seconds, then tried by one sync at a time; the others fail at once.
    """
    deadline = clock() + SYNC_SECONDS

    def call(access: Access, method: str, path: str, body: Any) -> Reply | Failure:
        its = circuit(access.endpoint)
        now = clock()
        if now >= deadline:
            return Failure.SLOW
        if refusal := its.refusal(now, deadline):
            return refusal
        with its.call(now), metrics.REMOTE.labels(cluster, method).time():
            got = _bounded(access, method, path, body, deadline - now)
        # A slow POST says nothing of others, nor does a GET that had but the rest of the time.
        silent = got is Failure.SLOW and method == "GET" and deadline - now > _LONG_SECONDS
        if isinstance(got, Failure) and (got is Failure.CONNECT or silent):
            its.trip(got, clock())
        elif got is Failure.GARBAGE:
            its.rubbish(clock())
        else:
            its.reset()
        return got

    return call


def _bounded(access: Access, method: str, path: str, body: Any, seconds: float) -> Reply | Failure:
    def attempt() -> Reply | Failure:
        return _exchange(access, method, path, body, seconds)

    def attempts() -> Reply | Failure:
        try:
            return attempt()
        except requests.ConnectionError as error:
            # A kept-alive connection may have died since: once more, on a new one.
            if _hung_up(error):
                return attempt()
            raise

    try:
        return within(seconds, attempts)
    # Whatever else a library raises at a server's doing is a ValueError, of an address say.
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return _failure(error)


def _failure(error: Exception) -> Failure:
    if isinstance(error, ssl.SSLError):
        return Failure.CA
    if isinstance(error, requests.exceptions.SSLError):
        return Failure.TLS
    if isinstance(error, TimeoutError | requests.ReadTimeout | ReadTimeoutError):
        return Failure.SLOW
    if isinstance(error, requests.ConnectionError) and not _hung_up(error):
        return Failure.CONNECT
    return Failure.GARBAGE


def _hung_up(error: requests.ConnectionError) -> bool:
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
        body = _object(content)
        if body is None and response.status_code in OK:
            return Failure.GARBAGE
        return Reply(
            status=response.status_code,
            date=_date(response.headers.get("Date")),
            retry_after=_seconds(response.headers.get("Retry-After")),
            body=body,
        )


def _request(access: Access, method: str, path: str, body: Any) -> requests.PreparedRequest:
    # Logins and cookies, which there are none of, would take as long to prepare as all else.
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
    return (
        min(int(header), _MAX_RETRY_AFTER) if header and re.fullmatch("[0-9]{1,9}", header) else 0
    )


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def forget() -> None:
    """Nothing is remembered of any source; all that is lost is time."""
    circuit.cache_clear()
    connections.cache_clear()
