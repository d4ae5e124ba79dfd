"""The volumes through which a pod reads the Secrets of its imports."""

import hashlib
import itertools
from collections.abc import Iterable

from mcsa_hooks.shape import Object
from multicluster_service_account.names import secret_name

_READABLE_LENGTH = 50


def volumes(names: Iterable[str], namespace: str, present: list[Object]) -> dict[str, Object]:
    """The volume of each import `names` of `namespace`: one of those `present`, or a new one."""
    found: dict[str, Object] = {}
    for name in names:
        secret = secret_name(namespace, name)
        there = next((volume for volume in present if _holds(volume, secret)), None)
        found[name] = there or _new(name, secret, [*present, *found.values()])
    return found


def _holds(volume: Object, secret: str) -> bool:
    """Whether `volume` is all of that Secret, and keeps the pod waiting for it."""
    source = volume.get("secret")
    if not isinstance(source, dict) or source.get("secretName") != secret:
        return False
    return not source.get("items") and not source.get("optional")


def _new(name: str, secret: str, others: list[Object]) -> Object:
    taken = [volume.get("name") for volume in others]
    candidates = (_volume_name(name, attempt) for attempt in itertools.count())
    free = next(candidate for candidate in candidates if candidate not in taken)
    return {"name": free, "secret": {"secretName": secret}}


def _volume_name(name: str, attempt: int) -> str:
    """A DNS label, which the name of an import need not be: it can have dots.

    The prefix keeps it away from the volumes that the API server tells by theirs
    (kube-api-access-).
    """
    readable = name.replace(".", "-")[:_READABLE_LENGTH].rstrip("-")
    digest = hashlib.sha256(f"{name}/{attempt}".encode()).hexdigest()
    return f"sai-{readable}-{digest[:8]}"
