"""Durations as Go writes them, in seconds."""

import re

import click

_LONGEST_OF_GO = int(2**63 / 1e9)
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ms|us|µs|ns|h|m|s)")


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A duration such as `720h` or `1h30m`, in whole seconds.

    The format is that of https://pkg.go.dev/time#ParseDuration, without a sign.
    """

    name = "duration"

    def __init__(self, longest: int = _LONGEST_OF_GO) -> None:
        self._longest = longest

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Seconds; a usage error if `value` is no duration."""
        if isinstance(value, int):
            return value
        parts = _PART.findall(str(value))
        if not parts or "".join(number + unit for number, unit in parts) != value:
            self.fail(f"{value!r} is not a duration such as 720h or 1h30m.", param, ctx)
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
        if seconds > self._longest:
            most = f"{text(self._longest)}, which is the most there is"
            self.fail(f"{value!r} is longer than {most}.", param, ctx)
        return int(seconds)


def text(seconds: int) -> str:
    """`seconds` as Go writes it: 720h0m0s."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s"
