"""The error of a control plane's programs: one sentence and, where it helps, the end of a log."""

from pathlib import Path


class ClusterError(Exception):
    """A program is missing, can't be built, doesn't start, or failed."""


def tail(text: str, lines: int = 20) -> str:
    """The last lines of a text, each indented."""
    return "".join(f"\n  {line}" for line in text.splitlines()[-lines:])


def log_tail(log: Path) -> str:
    """The end of a log file; empty if there is no such file."""
    return tail(log.read_text(errors="replace")) if log.exists() else ""
