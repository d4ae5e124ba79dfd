"""The bearer token of the sync application: a request without it is answered 401."""

import hmac
import logging
from pathlib import Path

from flask import abort, request

log = logging.getLogger(__name__)


def require(file: Path) -> None:
    """Answer 401 unless the request presents the token in `file`; /healthz is exempt.

    The file is read for each request, so that a new token applies at once.
    """
    if request.path == "/healthz":
        return
    file_token = _token(file)
    scheme, _, request_token = request.headers.get("Authorization", "").partition(" ")
    equal = hmac.compare_digest(request_token.strip().encode(), file_token.encode())
    if scheme.lower() != "bearer" or not file_token or not equal:
        abort(401)


def _token(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        log.error("cannot read the bearer token: %s: %s", file, type(error).__name__)  # noqa: TRY400
        return ""
