"""The options that say what becomes of the objects that bootstrap makes."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def options(command: F) -> F:
    """Give a command `target_manifests` (a file), `dry_run` (a bool) and `output` (a format)."""
    for decorate in (
        click.option(
            "-o",
            "--output",
            type=click.Choice(["yaml", "json"]),
            help="Format of --dry-run. [default: yaml]",
        ),
        click.option(
            "--dry-run", is_flag=True, help="Print all objects, without a token; change nothing."
        ),
        click.option(
            "--target-manifests",
            metavar="FILE",
            help="Don't call the target: write its objects for its administrator. - is stdout.",
        ),
    ):
        command = decorate(command)
    return command


def check(options: dict[str, Any]) -> None:
    """A usage error unless the options go together."""
    if options["output"] and not options["dry_run"]:
        raise click.UsageError("-o goes with --dry-run.")
