"""How a client's token follows the files that it came from."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from multicluster_service_account.error import ServiceAccountImportError

# Version 35 of the official client knows the former key, 36 the latter, 37 both.
_KEYS = ("authorization", "BearerToken")
Signature = tuple[tuple[int, ...] | None, ...]
_log = logging.getLogger(__name__)


class TokenHook:
    """A `refresh_api_key_hook`: the official client calls it before each request.

    It reads the token again when a file has changed. While that fails, the last good token stays,
    since a request with it may still succeed.
    """

    def __init__(
        self, token: str, read: Callable[[], str], files: tuple[Path, ...], seen: Signature
    ) -> None:
        self._read = read
        self._files = files
        # One value, so that no thread ever sees the token of one version beside another's.
        self._last = (seen, token)
        self._warned = seen

    def __call__(self, configuration: Any) -> None:
        """Let `configuration` have the token of now."""
        if (found := signature(self._files)) != self._last[0]:
            self._renew(found)
        for key in _KEYS:
            configuration.api_key[key] = f"Bearer {self._last[1]}"

    def _renew(self, found: Signature) -> None:
        try:
            self._last = (found, self._read())
        except ServiceAccountImportError as error:
            if found != self._warned:
                _log.warning("The last token stays in use: %s", error)
            self._warned = found


def signature(files: tuple[Path, ...]) -> Signature:
    """Another value when one of the files is another one; to be taken before they are read."""
    return tuple(map(_stat, files))


def _stat(file: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(file)  # noqa: PTH116 - several times as fast, and before each request
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
