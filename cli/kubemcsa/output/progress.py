"""What happens in clusters: results on standard output, progress and remarks on standard error."""

from kubemcsa.output.terminal import show


def say(context: str, event: str) -> None:
    """Print progress or a remark about the cluster of a context, on standard error."""
    show(f"{context}: {event}", err=True)


def report(context: str, event: str) -> None:
    """Print what was done in the cluster of a context, on standard output."""
    show(f"{context}: {event}")
