"""Who may call the sync application: whoever presents the bearer token of a mounted file."""

import hmac
import logging
from pathlib import Path

from flask import abort, request

log = logging.getLogger(__name__)


def require(file: Path) -> None:
    """Answer 401 unless the request presents the token in `file`; /healthz is exempt.

    The file is read for each request, so that a renewed token counts at once.
    """
    if request.path == "/healthz":
        return
    expected = _token(file)
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    same = hmac.compare_digest(presented.strip().encode(), expected.encode())
    if scheme.lower() != "bearer" or not expected or not same:
        abort(401)


def _token(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        log.error("cannot read the bearer token: %s: %s", file, type(error).__name__)  # noqa: TRY400
        return ""
