"""Commands for messages, which can be pasted: with the clusters and names of the run."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mcsa_core.names import SYSTEM_NAMESPACE

BOOTSTRAP = "kubemcsa bootstrap --target-context CONTEXT"
ANY_ACCOUNT = "--service-account NAMESPACE/NAME"
_SHOWN = 10
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
        bootstrap=command_line("kubemcsa bootstrap", flags.items()),
        swapped=command_line(swapped("kubemcsa bootstrap", options), scope),
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
    return command_line(program, flags)


def kubectl(kubeconfig: str | None, context: str | None) -> str:
    """The beginning of a kubectl command."""
    return command_line("kubectl", [("kubeconfig", kubeconfig), ("context", context)])


def account_options(accounts: Iterable[tuple[str, str]]) -> str | None:
    """The options that name service accounts, by namespace and name, each once.

    Those that no cluster may import are left out; None if none are left, or more than ten.
    """
    names = {
        shlex.quote(f"{namespace}/{name}")
        for namespace, name in accounts
        if namespace != SYSTEM_NAMESPACE and not namespace.startswith("kube-")
    }
    flags = " ".join(f"--service-account {name}" for name in sorted(names))
    return flags if 0 < len(names) <= _SHOWN else None


def bootstrap(kubeconfig: str | None, context: str) -> str:
    """The beginning of a bootstrap command for the target of that context."""
    return command_line(
        "kubemcsa bootstrap", [("target_kubeconfig", kubeconfig), ("target_context", context)]
    )


def again(cluster: str, command: str = BOOTSTRAP) -> str:
    """What to run for a new credential with the rights of before."""
    return f"run {command} --source-name {shlex.quote(cluster)} --source-context CONTEXT"


def command_line(program: str, flags: Iterable[tuple[str, object]]) -> str:
    """`program` with those of the options, name and value, that have a value."""
    words = [
        f"--{name.replace('_', '-')} {shlex.quote(str(value))}" for name, value in flags if value
    ]
    return " ".join([program, *words])
