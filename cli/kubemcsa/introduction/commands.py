"""Commands for messages, which can be pasted: with the clusters and names of the run."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SIDES = ("target", "source")
_CLUSTER_OPTIONS = ("kubeconfig", "context", "name")
_OTHER_OPTIONS = ("source_server", "source_ca", "target_manifests")


@dataclass(frozen=True)
class Commands:
    """The beginnings of commands; options can be added to each."""

    bootstrap: str = "kubemcsa bootstrap"
    """For the same clusters, by the same names; without accounts, so the scope is kept."""
    swapped: str = "kubemcsa bootstrap"
    """For the same accounts, with the target as source and the source as target."""
    target_kubectl: str = "kubectl"
    source_kubectl: str = "kubectl"


def commands(options: Mapping[str, Any]) -> Commands:
    """The commands for the options of a run of bootstrap, in which both contexts stand."""
    names = [f"{side}_{option}" for side in _SIDES for option in _CLUSTER_OPTIONS]
    flags = {name: options[name] for name in (*names, *_OTHER_OPTIONS)}
    scope = [("service_account", "/".join(account)) for account in options["accounts"]]
    scope += [("source_namespace", namespace) for namespace in options["namespaces"]]
    return Commands(
        bootstrap=_command("kubemcsa bootstrap", flags.items()),
        swapped=_command(swapped("kubemcsa bootstrap", options), scope),
        target_kubectl=kubectl(options["target_kubeconfig"], options["target_context"]),
        source_kubectl=kubectl(options["source_kubeconfig"], options["source_context"]),
    )


def swapped(program: str, options: Mapping[str, Any]) -> str:
    """`program` for the target as source and the source as target."""
    flags = [
        (f"{side}_{option}", options[f"{other_side}_{option}"])
        for side, other_side in (_SIDES, _SIDES[::-1])
        for option in ("kubeconfig", "context")
    ]
    return _command(program, flags)


def kubectl(kubeconfig: str | None, context: str | None) -> str:
    """The beginning of a kubectl command."""
    return _command("kubectl", [("kubeconfig", kubeconfig), ("context", context)])


def _command(program: str, flags: Any) -> str:
    """`program` with those of the options, name and value, that have a value."""
    words = [
        f"--{name.replace('_', '-')} {shlex.quote(str(value))}" for name, value in flags if value
    ]
    return " ".join([program, *words])
