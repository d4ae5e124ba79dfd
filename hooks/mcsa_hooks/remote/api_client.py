"""Calls to the API servers of other clusters.

Each call is bounded in time and size, trusts the endpoint's own CA only, and follows no redirect.
"""

import ssl
import time
from collections.abc import Callable
from typing import Any

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, ProtocolError, ReadTimeoutError

from mcsa_core.access import Access
from mcsa_hooks.remote import metrics
from mcsa_hooks.remote.circuit import circuit
from mcsa_hooks.remote.connections import connections
from mcsa_hooks.remote.deadline import within
from mcsa_hooks.remote.exchange import exchange
from mcsa_hooks.remote.reply import NOT_CONNECTED, Call, Failure, Reply

SELF_REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
"""Where an API server says who its caller is; it keeps nothing of the request."""
SYNC_SECONDS = 8
_LONG_SECONDS = 7.5


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
        # A time-out opens the circuit only for a call that had nearly the whole 8 s; at once for
        # a read: what writes, such as a token request, may wait for a webhook.
        is_read = method == "GET" or path == SELF_REVIEW
        is_silent = reply is Failure.SLOW and deadline - now > _LONG_SECONDS
        if isinstance(reply, Failure) and (reply in NOT_CONNECTED or (is_silent and is_read)):
            breaker.trip(reply, clock())
        elif isinstance(reply, Failure) and (reply is Failure.GARBAGE or is_silent):
            breaker.count(reply, clock())
        else:
            breaker.reset()
        return reply

    return call


def _bounded(access: Access, method: str, path: str, body: Any, seconds: float) -> Reply | Failure:
    def attempt() -> Reply | Failure:
        return exchange(access, method, path, body, seconds)

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
        return _connection_failure(error)
    return Failure.GARBAGE


def _connection_failure(error: requests.ConnectionError) -> Failure:
    if isinstance(error, requests.exceptions.ProxyError):
        return Failure.PROXY
    if isinstance(error, requests.ConnectTimeout):
        return Failure.CONNECT_TIMEOUT
    # requests wraps urllib3's MaxRetryError, whose reason was raised from the socket's error.
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NameResolutionError):
        return Failure.NO_HOST
    if isinstance(getattr(reason, "__cause__", None), ConnectionRefusedError):
        return Failure.REFUSED
    return Failure.CONNECT


def _is_closed_connection(error: requests.ConnectionError) -> bool:
    return bool(error.args) and isinstance(error.args[0], ProtocolError)


def forget() -> None:
    """Close all circuits and connections."""
    circuit.cache_clear()
    connections.cache_clear()
