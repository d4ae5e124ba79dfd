"""Why an API server sent no answer, and what to do about it, in words."""

import re
import ssl
from typing import Any, NamedTuple

from kubemcsa.api import tls_failure
from kubemcsa.api.request_limit import CONNECT_SECONDS, READ_SECONDS, longest

_PROXY = (
    "see proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY in the environment of this"
    " command"
)
_NETWORK = "see whether the address is right, and whether this machine needs a VPN to reach it"
_PORT = "see whether address and port are those of the API server, and try again"
_LATER = "try again, or with more time, as by --request-timeout=2m"


class Failure(NamedTuple):
    """The cause and what to do next, two parts of a sentence; no part quotes what was sent."""

    cause: str
    advice: str


def describe(error: Exception, seconds: int | None, proxy: Any = None) -> Failure:
    """The failure that an exception of urllib3 stands for.

    `seconds` is the value of REQUEST_SECONDS, `proxy` the URL (of urllib3) of the proxy, if any.
    """
    from urllib3 import exceptions  # noqa: PLC0415 - takes longer to import than --help to print

    match error:
        case exceptions.ProxyError():
            # The URL of a proxy may hold a password.
            title = f"the proxy {proxy.host}:{proxy.port}" if proxy else "the proxy"
            failure = Failure(f"{title} {_of_proxy(error.original_error)}", _PROXY)
        case exceptions.SSLError():
            failure = Failure(*tls_failure.describe(error))
        case exceptions.NameResolutionError():
            failure = Failure("the name of its host can't be resolved", _NETWORK)
        case exceptions.NewConnectionError():
            failure = _of_connection(error.__cause__)
        case exceptions.ConnectTimeoutError():
            wait = longest(seconds, CONNECT_SECONDS)
            failure = Failure(f"there was no connection within {wait}", f"{_NETWORK}, or {_LATER}")
        case exceptions.ReadTimeoutError():
            failure = Failure(
                f"there was no answer within {longest(seconds, READ_SECONDS)}", _LATER
            )
        case exceptions.LocationValueError():
            failure = Failure("that is no address", "correct it")
        case exceptions.HTTPError():
            failure = Failure("it ended the connection, or does not speak HTTP", _PORT)
        case _:
            # http.client quotes a header that can't be sent, and so the token.
            cause = "the credential in the kubeconfig holds characters that can't be sent"
            failure = Failure(cause, "log in again, or write the kubeconfig anew")
    return failure


def _of_connection(error: object) -> Failure:
    if isinstance(error, ConnectionRefusedError):
        advice = "see whether the cluster runs, and whether address and port are right"
        return Failure("the connection is refused", advice)
    return Failure(_words(error) or "there is no way to that address", _NETWORK)


def _of_proxy(error: Exception) -> str:
    """The predicate for a proxy."""
    from urllib3 import exceptions  # noqa: PLC0415

    if isinstance(error, exceptions.NameResolutionError):
        return "can't be reached: the name of its host can't be resolved"
    if isinstance(error, exceptions.NewConnectionError):
        return f"can't be reached: {_of_connection(error.__cause__).cause}"
    if isinstance(error, exceptions.ConnectTimeoutError):
        return "can't be reached: there was no connection in time"
    if isinstance(error, ssl.SSLError | exceptions.SSLError):
        return "does not speak TLS as its URL says"
    # "Tunnel connection failed: 407 ..." by http.client; the words are the proxy's.
    status = re.match(r"Tunnel connection failed: (\d{3})\b", str(error))
    return f"refuses: it answers with HTTP status {status[1]}" if status else "fails"


def _words(error: object) -> str:
    """The system's words for its error: `no route to host`."""
    words = error.strerror if isinstance(error, OSError) else None
    return words[:1].lower() + words[1:] if words else ""
