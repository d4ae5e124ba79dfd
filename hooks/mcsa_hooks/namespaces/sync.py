"""Which imports a namespace should have, and which entries of its annotation are bad."""

from dataclasses import dataclass

from mcsa_core.names import GROUP
from mcsa_hooks.namespaces import entries
from mcsa_hooks.namespaces.entries import Entry
from mcsa_hooks.namespaces.request import SyncRequest

ANNOTATION = f"{GROUP}/service-account-imports"
ERROR = f"{ANNOTATION}.error"
_MAX_ANNOTATIONS = 256 * 1024


@dataclass(frozen=True)
class Outcome:
    """What a namespace should have."""

    namespace: str
    entries: list[Entry]
    """One for each import."""
    error: str | None
    """The value of the annotation ERROR; None if the namespace should not have it."""


def sync(request: SyncRequest) -> Outcome:
    """What the namespace of `request` should have, by its annotation.

    Foreign imports are left alone: with server-side apply Metacontroller would take them over.
    """
    annotation = request.annotations.get(ANNOTATION, "")
    valid_entries, error = entries.parse(annotation, request.foreign_imports)
    # Kubernetes would refuse the whole answer, so that Metacontroller would make no import.
    if error and _length(request.annotations | {ERROR: error}) > _MAX_ANNOTATIONS:
        error = None
    return Outcome(request.namespace, valid_entries, error)


def _length(annotations: dict[str, str]) -> int:
    """The bytes of all keys and values together, which Kubernetes limits."""
    return sum(len(f"{key}{value}".encode()) for key, value in annotations.items())
