"""The caller's own kubeconfig, which may run plugins; mounted imports that it lists may not."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mcsa_core import names
from multicluster_service_account import mount, mounted_imports
from multicluster_service_account.configuration import ConfigAndNamespace
from multicluster_service_account.error import ServiceAccountImportError
from multicluster_service_account.mount import StrPath


@dataclass
class OwnKubeconfig:
    """What kubeconfig files say together: as in kubectl, the first that says something decides."""

    source: str
    """Where they were looked for."""
    files: list[Path] = field(default_factory=list)
    """Those that are not imports."""
    contexts: dict[str, Path | dict[str, Any]] = field(default_factory=dict)
    """By name: the folder of an import, or the context."""
    users: dict[str, Any] = field(default_factory=dict, repr=False)
    current: str | None = None

    def config_and_namespace(self, context: str | None) -> ConfigAndNamespace:
        """The configuration and the namespace of a context, by default the current one."""
        name = self._current() if context is None else context
        if name not in self.contexts:
            raise ServiceAccountImportError(
                f"there is no context {name!r} in kubeconfig {self.source}: {self._choose()}."
            )
        found = self.contexts[name]
        if isinstance(found, Path):
            return mounted_imports.load(found)
        config = self._load(name, self.users.get(str(found.get("user"))))
        return ConfigAndNamespace(config, str(found.get("namespace") or "default"))

    def _current(self) -> str:
        if not self.contexts:
            raise ServiceAccountImportError(
                f"there is no kubeconfig {self.source}, or it is empty: set KUBECONFIG."
            )
        if self.current is None:
            raise ServiceAccountImportError(
                f"kubeconfig {self.source} has no current-context: {self._choose()}."
            )
        return self.current

    def _choose(self) -> str:
        return f"choose one of {', '.join(sorted(self.contexts))}" if self.contexts else "add one"

    def _load(self, context: str, user: object) -> Any:
        # Takes most of a second to import, and the hooks do without.
        from kubernetes import client, config  # noqa: PLC0415

        made: Any = client.Configuration()
        try:
            config.load_kube_config(
                os.pathsep.join(map(str, self.files)), context, made, persist_config=False
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, its message may hold a token
            raise self._unusable(context, type(error).__name__) from None
        # The official client logs a plugin's failure and goes on as nobody.
        if isinstance(user, dict) and "exec" in user and not (made.api_key or made.cert_file):
            raise self._unusable(context, "its exec plugin gave no credential")
        return made

    def _unusable(self, context: str, why: str) -> ServiceAccountImportError:
        return ServiceAccountImportError(
            f"context {context!r} of kubeconfig {self.source} can't be used ({why}): try"
            f" kubectl --context={context} version."
        )


def load(given: StrPath | None, root: StrPath | None) -> OwnKubeconfig:
    """What the file `given` says, or `$KUBECONFIG`, or `~/.kube/config`; no contexts if none exist.

    ServiceAccountImportError if the file `given` does not exist, or one can't be read.
    """
    listed = str(given or os.environ.get("KUBECONFIG") or "~/.kube/config")
    paths = [listed] if given else [path for path in listed.split(os.pathsep) if path]
    found = OwnKubeconfig(listed)
    for path in map(Path, map(os.path.expanduser, paths)):
        if folder := _import_folder(path, mount.root(root)):
            _add_import(found, folder)
            continue
        content = _content(path)
        if given and content is None:
            raise ServiceAccountImportError(f"kubeconfig {path} does not exist: name another one.")
        if content:
            _add(found, path, content)
    return found


def _import_folder(path: Path, root: Path) -> Path | None:
    """The folder of the mounted import whose kubeconfig it is, by whatever links; else None."""
    for base in (root, Path(names.MOUNT_ROOT)):
        try:
            inside = path.resolve().relative_to(base.resolve()).parts
        except (OSError, RuntimeError, ValueError):
            continue
        folder = base / inside[0] if inside else base
        named = names.is_import_name(folder.name) and folder.is_dir()
        if named and inside[-1:] == ("config",):
            return folder
    return None


def _add_import(found: OwnKubeconfig, folder: Path) -> None:
    found.contexts.setdefault(folder.name, folder)
    found.current = found.current or folder.name


def _add(found: OwnKubeconfig, path: Path, content: dict[str, Any]) -> None:
    found.files.append(path)
    for name, context in _named(path, content, "context").items():
        found.contexts.setdefault(name, context)
    for name, user in _named(path, content, "user").items():
        found.users.setdefault(name, user)
    if found.current is None and (current := content.get("current-context")):
        found.current = str(current)


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
    """What a file says, None if it does not exist."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise mount.unreadable(path, error) from error
    except (yaml.YAMLError, ValueError, RecursionError):
        # These errors quote the file.
        raise ServiceAccountImportError(
            f"kubeconfig {path} is not YAML: repair it, or name another one."
        ) from None
    if content and not isinstance(content, dict):
        raise ServiceAccountImportError(f"kubeconfig {path} is malformed: it is not a mapping.")
    return content or {}
