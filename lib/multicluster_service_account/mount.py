"""The folders where Secrets of imports are mounted, which the kubelet swaps as a whole."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from mcsa_core import kubeconfig_reader, names
from mcsa_core.access import Access, is_token
from mcsa_core.endpoint import AccessError
from multicluster_service_account.error import ServiceAccountImportError

StrPath = str | os.PathLike[str]
_LOOK = "look at the Secret that is mounted there"


@dataclass(frozen=True)
class Mounted:
    """What a folder holds."""

    access: Access
    """Of the kubeconfig, with the token of the file beside it if there is one."""
    ca_file: Path | None
    """The mounted file that holds the CA, None if only the kubeconfig does."""


def root(given: StrPath | None) -> Path:
    """The folder of all imports: `given`, `$MCSA_ROOT`, or where the admission webhook mounts."""
    return Path(given or os.environ.get("MCSA_ROOT") or names.MOUNT_ROOT)


def mounted_names(root: Path) -> list[str]:
    """The names of the imports below `root`, sorted; none if there is no such folder."""
    try:
        with os.scandir(root) as entries:
            # The kubelet's own entries, such as `..data`, are no names of imports.
            return sorted(e.name for e in entries if names.is_import_name(e.name) and e.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable(root, error) from error


def files(folder: Path) -> tuple[Path, ...]:
    """The files whose change means a new token."""
    return (folder / "config", folder / "token")


def read(folder: Path) -> Mounted:
    """What is mounted at `folder`, all of one version; ServiceAccountImportError if it is bad."""
    config, token, ca = _one_version(folder, "config", "token", "ca.crt")
    if config is None:
        raise _missing(folder / "config")
    try:
        access = kubeconfig_reader.parse(config)
    except AccessError as error:
        raise ServiceAccountImportError(
            f"{folder / 'config'} can't be used: {error}; {_LOOK}."
        ) from error
    if token and token.strip():
        access = replace(access, token=_checked(token.strip(), folder / "token"))
    same = ca is not None and ca.strip() == access.endpoint.ca.strip()
    return Mounted(access, folder / "ca.crt" if same else None)


def token(path: Path) -> str:
    """The token that a file holds, with nothing around it."""
    (found,) = _one_version(path.parent, path.name)
    if found is None:
        raise _missing(path)
    return _checked(found.strip(), path)


def unreadable(path: Path, error: OSError) -> ServiceAccountImportError:
    """The error for a file or folder that exists and can't be read."""
    return ServiceAccountImportError(
        f"{path} can't be read ({error.strerror}): check the mount and the container's user."
    )


def _one_version(folder: Path, *keys: str) -> list[str | None]:
    """The contents of these files of `folder`, None for what is missing, from between two swaps."""
    while True:
        version = _version(folder)
        found = [text(folder / key) for key in keys]
        if _version(folder) == version:
            return found


def _version(folder: Path) -> str | None:
    """What `..data` points to: another folder after each swap, None if nothing swaps here."""
    try:
        return str((folder / "..data").readlink())
    except OSError:
        return None


def text(path: Path) -> str | None:
    """What a file says, None if there is none; ServiceAccountImportError if it can't be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError:
        # The error quotes the file.
        raise ServiceAccountImportError(f"{path} is not text: {_LOOK}.") from None


def _missing(path: Path) -> ServiceAccountImportError:
    return ServiceAccountImportError(
        f"{path} is missing: wait until the Secret is complete, or {_LOOK}."
    )


def _checked(token: str, path: Path) -> str:
    if not is_token(token):
        raise ServiceAccountImportError(f"{path} holds no token: {_LOOK}.")
    return token
