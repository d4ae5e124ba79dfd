"""The hook with which a client reads its token again when a mounted file has changed."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from multicluster_service_account.error import ServiceAccountImportError

# The keys under which versions 35 (the former), 36 (the latter) and 37 (both) look for it.
_KEYS = ("authorization", "BearerToken")
FileVersions = tuple[tuple[int, ...] | None, ...]
_log = logging.getLogger(__name__)


class TokenHook:
    """A `refresh_api_key_hook`: the official client calls it before each request.

    It reads the token again when a file has changed. While that fails, the last good token stays in
    use, since a request with it may still succeed.
    """

    def __init__(
        self, token: str, read: Callable[[], str], files: tuple[Path, ...], versions: FileVersions
    ) -> None:
        self._read = read
        self._files = files
        # One tuple, replaced atomically: no thread pairs a token with the versions of another.
        self._versions_and_token = (versions, token)
        self._failed_versions = versions

    def __call__(self, configuration: Any) -> None:
        """Put the token of the mounted files into `configuration`."""
        versions = file_versions(self._files)
        if versions != self._versions_and_token[0]:
            self._renew(versions)
        for key in _KEYS:
            configuration.api_key[key] = f"Bearer {self._versions_and_token[1]}"

    def _renew(self, versions: FileVersions) -> None:
        try:
            self._versions_and_token = (versions, self._read())
        except ServiceAccountImportError as error:
            if versions != self._failed_versions:
                _log.warning("The last token stays in use: %s", error)
            self._failed_versions = versions


def file_versions(files: tuple[Path, ...]) -> FileVersions:
    """Device, inode, time and size of each file, None if it is missing; take it before reading."""
    return tuple(map(_version, files))


def _version(file: Path) -> tuple[int, ...] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - several times as fast, and before each request
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
