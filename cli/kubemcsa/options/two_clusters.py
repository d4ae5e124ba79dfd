"""The options that name the two clusters of an introduction."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from kubemcsa.options import completion

F = TypeVar("F", bound=Callable[..., Any])


def options(command: F) -> F:
    """Give a command the options that name the clusters."""
    for decorate in (
        click.option(
            "--source-name",
            help="Name by which imports call the source. [default: the kubeconfig's cluster]",
        ),
        click.option(
            "--target-name",
            help="Name of the target's identity in the source. [default: the kubeconfig's cluster]",
        ),
        click.option("--source-kubeconfig", metavar="FILE", help="Kubeconfig of the source."),
        click.option("--target-kubeconfig", metavar="FILE", help="Kubeconfig of the target."),
        click.option(
            "--source-context",
            shell_complete=completion.contexts,
            help="Context of the source, the cluster that is called.",
        ),
        click.option(
            "--target-context",
            shell_complete=completion.contexts,
            help="Context of the target, the cluster where the pods run.",
        ),
        click.argument(
            "contexts",
            nargs=-1,
            metavar="[TARGET_CONTEXT SOURCE_CONTEXT]",
            shell_complete=completion.contexts,
        ),
    ):
        command = decorate(command)
    return command


def take_arguments(contexts: tuple[str, ...], options: dict[str, Any]) -> None:
    """Move contexts that are arguments to the options; a usage error if they are there already."""
    if not contexts:
        return
    if len(contexts) != 2:
        raise click.UsageError("name both contexts, first the target's, where the pods run.")
    if options["target_context"] or options["source_context"]:
        raise click.UsageError("name the contexts as arguments or as options, not both.")
    options["target_context"], options["source_context"] = contexts
