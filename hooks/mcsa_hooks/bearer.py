"""The bearer token of the sync application: a request without one is answered 401."""

import hmac
import logging
from pathlib import Path

from flask import abort, request

log = logging.getLogger(__name__)


def require(file: Path) -> None:
    """Answer 401 unless the request presents a token of `file`, one a line; /healthz is exempt.

    The file is read for each request, so that a new token applies at once.
    """
    if request.path == "/healthz":
        return
    scheme, _, request_token = request.headers.get("Authorization", "").partition(" ")
    request_token = request_token.strip()
    # A list: all tokens are compared, in constant time.
    equal = [hmac.compare_digest(request_token.encode(), token) for token in _tokens(file)]
    if scheme.lower() != "bearer" or not any(equal):
        abort(401)


def _tokens(file: Path) -> list[bytes]:
    try:
        return file.read_text().encode().split()
    except (OSError, UnicodeDecodeError) as error:
        log.error("cannot read the bearer token: %s: %s", file, type(error).__name__)  # noqa: TRY400
        return []
