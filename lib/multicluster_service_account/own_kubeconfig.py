"""The caller's own kubeconfig as a value: which contexts it has, and what each of them leads to.

It may run exec plugins; the imports that it lists may not.
"""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from multicluster_service_account import mounted_imports
from multicluster_service_account.configuration import ConfigAndNamespace
from multicluster_service_account.error import Problem, ServiceAccountImportError
from multicluster_service_account.own_context import OwnContext

_SHOWN = 20


@dataclass
class OwnKubeconfig:
    """Several kubeconfig files, merged: as in kubectl, the first file that sets a value decides."""

    location: str
    """The file or list of files, as the caller or `$KUBECONFIG` names it."""
    is_given: bool = False
    """Whether the caller named the file; else it is that of the environment, or the default."""
    exists: bool = False
    """Whether one of the files does."""
    kubectl: str = "kubectl"
    """The command that uses this kubeconfig, for messages."""
    contexts: dict[str, Path | dict[str, Any]] = field(default_factory=dict)
    """By name: the folder of a mounted import, or the context of a file."""
    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name; paths in them are absolute."""
    users: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    """By name; paths in them are absolute."""
    current_context: str | None = None

    def config_and_namespace(self, name: str | None) -> ConfigAndNamespace:
        """The configuration and the namespace of the context `name`, None for the current one.

        ServiceAccountImportError if there is no such context, or if it can't be used.
        """
        context = self.context(name)
        if isinstance(context, Path):
            return mounted_imports.load(context)
        return ConfigAndNamespace(context.load(), context.namespace)

    def context(self, name: str | None) -> Path | OwnContext:
        """The context `name`, None for the current one; the folder if it is a mounted import.

        ServiceAccountImportError if there is no such context, or if it is not complete.
        """
        if not self.contexts:
            raise self._empty()
        name = self._current() if name is None else name
        if name not in self.contexts:
            raise ServiceAccountImportError(
                f"there is no context {name!r} in kubeconfig {self.location}: {self._choose()}.",
                Problem.MISSING,
                sorted(self.contexts),
            )
        context = self.contexts[name]
        if isinstance(context, Path):
            return context
        cluster_name, cluster = self._part(name, context, "cluster", self.clusters)
        user_name, user = self._part(name, context, "user", self.users)
        own_context = OwnContext(
            name=name,
            location=self.location,
            kubectl=f"{self.kubectl} --context {shlex.quote(name)}",
            namespace=str(context.get("namespace") or "default"),
            cluster_name=cluster_name,
            cluster=cluster,
            user_name=user_name,
            user=user,
        )
        own_context.check()
        return own_context

    def _part(
        self, name: str, context: dict[str, Any], kind: str, parts: dict[str, dict[str, Any]]
    ) -> tuple[str, dict[str, Any]]:
        """The name and the entry of a context's cluster or user."""
        part_name = context.get(kind)
        if isinstance(part_name, str) and part_name in parts:
            return part_name, parts[part_name]
        problem = f"the {kind} {part_name!r}, which is not there" if part_name else f"no {kind}"
        raise ServiceAccountImportError(
            f"context {name!r} of kubeconfig {self.location} names {problem} ({_those(parts)}):"
            f" choose another context, or run {self.kubectl} config set-context {name} --{kind}=..."
        )

    def _current(self) -> str:
        if self.current_context is None:
            raise ServiceAccountImportError(
                f"kubeconfig {self.location} has no current-context: {self._choose()}.",
                Problem.AMBIGUOUS,
                sorted(self.contexts),
            )
        return self.current_context

    def _empty(self) -> ServiceAccountImportError:
        problem = "has no context" if self.exists else "does not exist"
        remedy = "name another file" if self.is_given else "set KUBECONFIG, or name a file"
        return ServiceAccountImportError(
            f"kubeconfig {self.location} {problem}: {remedy}.", Problem.MISSING
        )

    def _choose(self) -> str:
        return f"choose one of {_names(self.contexts)}"


def _those(parts: dict[str, Any]) -> str:
    if not parts:
        return "there is none"
    return f"there {'is' if len(parts) == 1 else 'are'} {_names(parts)}"


def _names(parts: dict[str, Any]) -> str:
    names = sorted(parts)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
