"""The caller's own kubeconfig as a value, and the client configurations of its contexts.

It may run exec plugins; the imports that it lists may not.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multicluster_service_account import mounted_imports
from multicluster_service_account.configuration import ConfigAndNamespace
from multicluster_service_account.error import Problem, ServiceAccountImportError


@dataclass
class OwnKubeconfig:
    """Several kubeconfig files, merged: as in kubectl, the first file that sets a value decides."""

    location: str
    """The file or list of files, as the caller or `$KUBECONFIG` names it."""
    files: list[Path] = field(default_factory=list)
    """The existing files, but for those of mounted imports."""
    contexts: dict[str, Path | dict[str, Any]] = field(default_factory=dict)
    """By name: the folder of a mounted import, or the context of a file."""
    users: dict[str, Any] = field(default_factory=dict, repr=False)
    current_context: str | None = None

    def config_and_namespace(self, name: str | None) -> ConfigAndNamespace:
        """The configuration and the namespace of the context `name`, None for the current one.

        ServiceAccountImportError if there is no such context, or if it can't be used.
        """
        name = self._current() if name is None else name
        if name not in self.contexts:
            raise ServiceAccountImportError(
                f"there is no context {name!r} in kubeconfig {self.location}: {self._choose()}.",
                Problem.MISSING,
                sorted(self.contexts),
            )
        context = self.contexts[name]
        if isinstance(context, Path):
            return mounted_imports.load(context)
        config = self._load(name, self.users.get(str(context.get("user"))))
        return ConfigAndNamespace(config, str(context.get("namespace") or "default"))

    def _current(self) -> str:
        if not self.contexts:
            raise ServiceAccountImportError(
                f"there is no kubeconfig {self.location}, or it is empty: set KUBECONFIG.",
                Problem.MISSING,
            )
        if self.current_context is None:
            raise ServiceAccountImportError(
                f"kubeconfig {self.location} has no current-context: {self._choose()}.",
                Problem.AMBIGUOUS,
                sorted(self.contexts),
            )
        return self.current_context

    def _choose(self) -> str:
        return f"choose one of {', '.join(sorted(self.contexts))}" if self.contexts else "add one"

    def _load(self, name: str, user: object) -> Any:
        # Takes most of a second to import, and the hooks do without.
        from kubernetes import client, config  # noqa: PLC0415

        client_config: Any = client.Configuration()
        files = os.pathsep.join(map(str, self.files))
        try:
            config.load_kube_config(files, name, client_config, persist_config=False)
        except Exception as error:  # noqa: BLE001 - the message of any error may hold a token
            raise self._unusable(name, type(error).__name__) from None
        # When a plugin fails, the official client logs that and makes anonymous requests.
        has_credential = client_config.api_key or client_config.cert_file
        if isinstance(user, dict) and "exec" in user and not has_credential:
            raise self._unusable(name, "its exec plugin gave no credential")
        return client_config

    def _unusable(self, name: str, reason: str) -> ServiceAccountImportError:
        return ServiceAccountImportError(
            f"context {name!r} of kubeconfig {self.location} can't be used ({reason}): try"
            f" kubectl --context={name} version."
        )
