"""The options that name the cluster of a command that calls one only."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from kubemcsa.options import completion, request_timeout

F = TypeVar("F", bound=Callable[..., Any])


def options(cluster: str) -> Callable[[F], F]:
    """Give a command the options context, kubeconfig and request_timeout; `cluster` says which."""

    def decorate(command: F) -> F:
        context = click.option(
            "--context",
            shell_complete=completion.contexts,
            help=f"Context of the cluster {cluster}.",
        )
        kubeconfig = click.option(
            "--kubeconfig", metavar="FILE", type=click.Path(), help="Kubeconfig of that cluster."
        )
        return context(kubeconfig(request_timeout.option(command)))

    return decorate
