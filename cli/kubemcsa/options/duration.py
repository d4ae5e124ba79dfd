"""Durations as Go writes them, in seconds."""

import re

import click
import durationpy

from kubemcsa.api.lifetime import text

_LONGEST_OF_GO = int(2**63 / 1e9)
# What https://pkg.go.dev/time#ParseDuration takes, without a sign. durationpy takes more: units
# such as `d`, and anything between two parts.
_FORMAT = re.compile(r"(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+")


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A duration such as `720h` or `1h30m`, in whole seconds."""

    name = "duration"

    def __init__(self, longest: int = _LONGEST_OF_GO, shortest: int = 0) -> None:
        self._longest, self._shortest = longest, shortest

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Seconds; a usage error if `value` is no duration, or one too short or too long."""
        if isinstance(value, int):
            return value
        if not _FORMAT.fullmatch(str(value)):
            self.fail(f"{value!r} is not a duration such as 720h or 1h30m.", param, ctx)
        try:
            seconds = durationpy.from_str(str(value)).total_seconds()
        except durationpy.DurationError:
            # More than a timedelta holds.
            seconds = float("inf")
        if seconds > self._longest:
            limit = f"{text(self._longest)}, which is the most there is"
            self.fail(f"{value!r} is longer than {limit}.", param, ctx)
        if seconds < self._shortest:
            limit = f"{text(self._shortest)}, which is the least there is"
            self.fail(f"{value!r} is shorter than {limit}.", param, ctx)
        return int(seconds)
