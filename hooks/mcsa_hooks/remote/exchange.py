"""One HTTP request to an API server, and its reply, of at most 64 KiB."""

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import requests

from mcsa_core.access import Access
from mcsa_hooks.remote.connections import connections
from mcsa_hooks.remote.reply import OK, Failure, Reply

CONNECT_SECONDS = 2
MAX_BYTES = 64 * 1024
_MAX_RETRY_AFTER = 3600
# RFC 9110, section 5.6.7: the preferred form of HTTP's dates, which API servers send.
_IMF_FIXDATE = "%a, %d %b %Y %H:%M:%S GMT"


def exchange(access: Access, method: str, path: str, body: Any, seconds: float) -> Reply | Failure:
    """Send a request; a requests, urllib3 or OS error if there is no reply.

    Connecting may take 2 s, and each read `seconds`.
    """
    endpoint = access.endpoint
    with connections(endpoint.ca, endpoint.tls_server_name).send(
        prepared(access, method, path, body),
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


def prepared(access: Access, method: str, path: str, body: Any) -> requests.PreparedRequest:
    """The request, with `body` as JSON unless it is None."""
    # Only the parts of requests.Request.prepare() that are needed: auth, cookies and hooks, of
    # which there are none, would take half of its time.
    request = requests.PreparedRequest()
    request.prepare_method(method)
    request.url = _url(access.endpoint.server.rstrip("/") + path)
    request.prepare_headers(
        {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {access.token}",
        }
    )
    request.prepare_body(None, None, json=body)
    return request


@lru_cache(maxsize=1024)
def _url(text: str) -> str | None:
    """The URL as it is sent; a requests error if it is none."""
    request = requests.PreparedRequest()
    request.prepare_url(text, None)
    return request.url


# It changes once a second, and takes as long to parse as a token.
@lru_cache(maxsize=16)
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
