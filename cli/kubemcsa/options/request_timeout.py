"""The option --request-timeout, as kubectl has it, of all commands that call a cluster."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from kubemcsa.api.request_limit import CONNECT_SECONDS, READ_SECONDS, REQUEST_SECONDS
from kubemcsa.options.duration import Duration

F = TypeVar("F", bound=Callable[..., Any])


class _Seconds(Duration):
    """A duration, or a number of seconds; 0 is no limit."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Seconds; a usage error for less than a second, which would be 0."""
        text = str(value)
        if text.isdecimal():
            text += "s"
        seconds = super().convert(text, param, ctx)
        if not seconds and text.strip("0") not in {"s", "m", "h"}:
            self.fail(f"{value!r} is less than 1s; 0 is no limit.", param, ctx)
        return seconds


def option(command: F) -> F:
    """Give a command the option, which holds for all requests of its run."""
    return click.option(
        "--request-timeout",
        type=_Seconds(),
        expose_value=False,
        callback=_set,
        help=(
            "How long to wait for an API server, as 30s; 0 is no limit. [default:"
            f" {CONNECT_SECONDS}s to connect, {READ_SECONDS}s to answer]"
        ),
    )(command)


def _set(_context: click.Context, _parameter: click.Parameter, seconds: int | None) -> None:
    REQUEST_SECONDS.set(seconds)
