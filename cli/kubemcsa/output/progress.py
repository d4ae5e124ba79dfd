"""Progress on standard error."""

from kubemcsa.output.terminal import show


def say(context: str, event: str) -> None:
    """Print what happened, or would happen, in the cluster of a context."""
    show(f"{context}: {event}", err=True)
