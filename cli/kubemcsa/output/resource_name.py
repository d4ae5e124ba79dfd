"""Imports as `kubectl get -o name` prints them, for its other commands."""

from mcsa_core.names import GROUP, KIND


def resource_name(import_name: str) -> str:
    """KIND.GROUP/NAME."""
    return f"{KIND.lower()}.{GROUP}/{import_name}"
