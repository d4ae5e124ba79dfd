"""A CA as a temporary file, the one form that all parts of the official client take."""

import atexit
import os
import tempfile
from functools import cache
from pathlib import Path

from multicluster_service_account.error import ServiceAccountImportError


def temporary(pem: str) -> Path:
    """A file that holds `pem`; the same file for the same `pem`, until the process ends."""
    path = _written(pem)
    if not path.exists():
        # A cleaner of temporary folders, such as systemd-tmpfiles, has removed the file.
        _written.cache_clear()
        path = _written(pem)
    return path


@cache
def _written(pem: str) -> Path:
    try:
        handle, name = tempfile.mkstemp(prefix="serviceaccountimport-", suffix=".crt")
        with open(handle, "w") as file:  # noqa: PTH123 - it is open already
            file.write(pem)
    except OSError as error:
        raise ServiceAccountImportError(
            f"the CA can't be written to a temporary file ({error.strerror}): mount the key ca.crt"
            " beside config, or set TMPDIR."
        ) from error
    atexit.register(_remove, name, os.getpid())
    return Path(name)


def _remove(name: str, owner: int) -> None:
    # A forked child that exits must not remove the file of its parent.
    if os.getpid() == owner:
        Path(name).unlink(missing_ok=True)
