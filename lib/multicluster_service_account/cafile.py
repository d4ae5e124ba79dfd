"""A CA as a file, which is the one form that all of the official client takes."""

import atexit
import os
import tempfile
from functools import cache
from pathlib import Path

from multicluster_service_account.error import ServiceAccountImportError


def temporary(pem: str) -> Path:
    """A file with that content, the same one for the same content while the process lives."""
    path = _written(pem)
    if not path.exists():
        # Something cleans up the temporary folder.
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
    # A forked child that ends must not take it from its parent.
    if os.getpid() == owner:
        Path(name).unlink(missing_ok=True)
