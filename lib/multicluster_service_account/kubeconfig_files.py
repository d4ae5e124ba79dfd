"""Which files the caller's own kubeconfig consists of, and how they are read and merged."""

import os
import shlex
from pathlib import Path
from typing import Any

import yaml

from mcsa_core import names
from multicluster_service_account import mount
from multicluster_service_account.error import Problem, ServiceAccountImportError
from multicluster_service_account.mount import StrPath
from multicluster_service_account.own_context import FILE_FIELDS
from multicluster_service_account.own_kubeconfig import OwnKubeconfig


def load(file: StrPath | None, root: StrPath | None) -> OwnKubeconfig:
    """The kubeconfig `file`, or those of `$KUBECONFIG`, or `~/.kube/config`.

    Without contexts if no file exists. ServiceAccountImportError if `file` does not exist, or if
    any file can't be read.
    """
    location = str(file or os.environ.get("KUBECONFIG") or "~/.kube/config")
    paths = [location] if file else [path for path in location.split(os.pathsep) if path]
    kubectl = f"kubectl --kubeconfig {shlex.quote(location)}" if file else "kubectl"
    kubeconfig = OwnKubeconfig(location, is_given=bool(file), kubectl=kubectl)
    for path in map(Path, map(os.path.expanduser, paths)):
        if folder := _import_folder(path, mount.root(root)):
            kubeconfig.exists = True
            _merge_import(kubeconfig, folder)
            continue
        content = _content(path)
        if file and content is None:
            raise ServiceAccountImportError(
                f"kubeconfig {path} does not exist: name another one.", Problem.MISSING
            )
        kubeconfig.exists |= content is not None
        if content:
            _merge_file(kubeconfig, path, content)
    return kubeconfig


def _import_folder(path: Path, root: Path) -> Path | None:
    """The folder of the mounted import whose kubeconfig `path` is, links resolved; else None."""
    for base in (root, Path(names.MOUNT_ROOT)):
        try:
            parts = path.resolve().relative_to(base.resolve()).parts
        except (OSError, RuntimeError, ValueError):
            continue
        folder = base / parts[0] if parts else base
        is_import = names.is_import_name(folder.name) and folder.is_dir()
        if is_import and parts[-1:] == ("config",):
            return folder
    return None


def _merge_import(kubeconfig: OwnKubeconfig, folder: Path) -> None:
    kubeconfig.contexts.setdefault(folder.name, folder)
    kubeconfig.current_context = kubeconfig.current_context or folder.name


def _merge_file(kubeconfig: OwnKubeconfig, path: Path, content: dict[str, Any]) -> None:
    for name, context in _named(path, content, "context").items():
        kubeconfig.contexts.setdefault(name, context)
    for name, cluster in _named(path, content, "cluster").items():
        kubeconfig.clusters.setdefault(name, _with_absolute_paths(path.parent, cluster))
    for name, user in _named(path, content, "user").items():
        kubeconfig.users.setdefault(name, _with_absolute_paths(path.parent, user))
    if kubeconfig.current_context is None and (current := content.get("current-context")):
        kubeconfig.current_context = str(current)


def _with_absolute_paths(folder: Path, section: dict[str, Any]) -> dict[str, Any]:
    """The section of a cluster or a user, whose paths are relative to the file's folder."""
    folder = folder.absolute()
    paths: dict[str, Any] = {
        key: str(folder / path) for key in FILE_FIELDS if isinstance(path := section.get(key), str)
    }
    plugin = section.get("exec")
    command = str(plugin.get("command") or "") if isinstance(plugin, dict) else ""
    # As in kubectl a bare name is looked up on PATH.
    if isinstance(plugin, dict) and Path(command).name != command:
        paths["exec"] = plugin | {"command": str(folder / command)}
    return section | paths


def _named(path: Path, content: dict[str, Any], kind: str) -> dict[str, Any]:
    entries = content.get(f"{kind}s") or []
    if not (isinstance(entries, list) and all(_is_named(entry, kind) for entry in entries)):
        raise ServiceAccountImportError(
            f"kubeconfig {path} is malformed: its {kind}s are not a list of named {kind}s."
        )
    return {entry["name"]: entry.get(kind) or {} for entry in entries}


def _is_named(entry: object, kind: str) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("name"), str)
        and isinstance(entry.get(kind), dict | None)
    )


def _content(path: Path) -> dict[str, Any] | None:
    """The mapping in a YAML file, empty if the file is; None if it does not exist."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ServiceAccountImportError(
            f"kubeconfig {path} can't be read ({error.strerror}): look at its owner and its mode,"
            " or name another one."
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError):
        # These errors quote the file.
        raise ServiceAccountImportError(
            f"kubeconfig {path} is not YAML: repair it, or name another one."
        ) from None
    if content and not isinstance(content, dict):
        raise ServiceAccountImportError(f"kubeconfig {path} is malformed: it is not a mapping.")
    return content or {}
