"""The volumes through which a pod reads the Secrets of its imports."""

import hashlib
import itertools
from collections.abc import Iterable

from mcsa_core.names import secret_name
from mcsa_hooks.jsontypes import Object, strings

_READABLE_LENGTH = 50


def volumes(names: Iterable[str], namespace: str, present: list[Object]) -> dict[str, Object]:
    """The volume of each import `names` of `namespace`: one of those `present`, or a new one.

    A new one has a name that none of the others has.
    """
    # Of several volumes of one Secret the first counts.
    by_secret = {_secret(volume): volume for volume in reversed(present)}
    taken = strings(present, "name")
    chosen: dict[str, Object] = {}
    for name in names:
        secret = secret_name(namespace, name)
        chosen[name] = by_secret.get(secret) or _new(name, secret, taken)
        taken.add(chosen[name]["name"])
    return chosen


def _secret(volume: Object) -> str | None:
    """The Secret that `volume` is all of, and keeps the pod waiting for; None if there is none."""
    source = volume.get("secret")
    if not isinstance(source, dict) or source.get("items") or source.get("optional"):
        return None
    secret = source.get("secretName")
    return secret if isinstance(secret, str) else None


def _new(name: str, secret: str, taken: set[str]) -> Object:
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
