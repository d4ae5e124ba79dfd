"""The folders where Secrets of imports are mounted; the kubelet replaces all files at once."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from mcsa_core import kubeconfig_reader, names
from mcsa_core.access import Access, is_token
from mcsa_core.endpoint import AccessError
from multicluster_service_account.error import ServiceAccountImportError

StrPath = str | os.PathLike[str]
_HINT = "look at the Secret that is mounted there"


@dataclass(frozen=True)
class MountedImport:
    """The Secret of an import, as it is mounted in a folder."""

    access: Access
    """That of the file `config`, with the token of the file `token` if there is one."""
    ca_file: Path | None
    """The file `ca.crt`; None unless it holds the CA of the file `config`."""


def root(folder: StrPath | None) -> Path:
    """The folder of all imports: `folder`, `$MCSA_ROOT`, or where the admission webhook mounts."""
    return Path(folder or os.environ.get("MCSA_ROOT") or names.MOUNT_ROOT)


def mounted_names(root: Path) -> list[str]:
    """The names of the imports below `root`, sorted; none if there is no such folder."""
    try:
        with os.scandir(root) as entries:
            # The kubelet's own entries, such as `..data`, are no valid names of imports.
            return sorted(e.name for e in entries if names.is_import_name(e.name) and e.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable(root, error) from error


def files(folder: Path) -> tuple[Path, ...]:
    """The files of the import at `folder` that may hold its token."""
    return (folder / "config", folder / "token")


def read(folder: Path) -> MountedImport:
    """The import that is mounted at `folder`, all of one version of its Secret.

    ServiceAccountImportError if a file is missing or not valid.
    """
    config, token, ca = _one_version(folder, "config", "token", "ca.crt")
    if config is None:
        raise _missing(folder / "config")
    try:
        access = kubeconfig_reader.parse(config)
    except AccessError as error:
        raise ServiceAccountImportError(
            f"{folder / 'config'} can't be used: {error}; {_HINT}."
        ) from error
    if token and token.strip():
        access = replace(access, token=_checked(token.strip(), folder / "token"))
    same_ca = ca is not None and ca.strip() == access.endpoint.ca.strip()
    return MountedImport(access, folder / "ca.crt" if same_ca else None)


def token(path: Path) -> str:
    """The token in a file, without the white space around it."""
    (content,) = _one_version(path.parent, path.name)
    if content is None:
        raise _missing(path)
    return _checked(content.strip(), path)


def unreadable(path: Path, error: OSError) -> ServiceAccountImportError:
    """The error for a file or folder that exists and can't be read."""
    return ServiceAccountImportError(
        f"{path} can't be read ({error.strerror}): check the mount and the container's user."
    )


def _one_version(folder: Path, *keys: str) -> list[str | None]:
    """The contents of the files `keys` of `folder`, all of one version; None for a missing file."""
    while True:
        version = _version(folder)
        contents = [text(folder / key) for key in keys]
        if _version(folder) == version:
            return contents


def _version(folder: Path) -> str | None:
    """The target of the kubelet's link `..data`, new at each change; None without such a link."""
    try:
        return str((folder / "..data").readlink())
    except OSError:
        return None


def text(path: Path) -> str | None:
    """The text of a file, None if it is missing; ServiceAccountImportError if it can't be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError:
        # UnicodeDecodeError quotes the file, which may hold a token.
        raise ServiceAccountImportError(f"{path} is not text: {_HINT}.") from None


def _missing(path: Path) -> ServiceAccountImportError:
    return ServiceAccountImportError(
        f"{path} is missing: wait until the Secret is complete, or {_HINT}."
    )


def _checked(token: str, path: Path) -> str:
    if not is_token(token):
        raise ServiceAccountImportError(f"{path} holds no token: {_HINT}.")
    return token
