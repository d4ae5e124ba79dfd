"""The volumes through which a pod reads the Secrets of its imports."""

import hashlib
import itertools
from collections.abc import Iterable

from mcsa_core.names import secret_name
from mcsa_hooks.jsontypes import Object, strings

_READABLE_LENGTH = 50


def volumes(
    import_names: Iterable[str], namespace: str, pod_volumes: list[Object]
) -> dict[str, Object]:
    """The volume of each import, by the import's name: one of `pod_volumes`, or a new one.

    The name of a new volume differs from those of all other volumes. `namespace` is the pod's.
    """
    # Of several volumes of one Secret the first counts.
    by_secret = {_secret_name(volume): volume for volume in reversed(pod_volumes)}
    volume_names = strings(pod_volumes, "name")
    by_import: dict[str, Object] = {}
    for import_name in import_names:
        secret = secret_name(namespace, import_name)
        volume = by_secret.get(secret) or _new(import_name, secret, volume_names)
        by_import[import_name] = volume
        volume_names.add(volume["name"])
    return by_import


def _secret_name(volume: Object) -> str | None:
    """The Secret that `volume` mounts with all its keys, and that the pod waits for; else None."""
    secret_volume = volume.get("secret")
    if not isinstance(secret_volume, dict):
        return None
    if secret_volume.get("items") or secret_volume.get("optional"):
        return None
    name = secret_volume.get("secretName")
    return name if isinstance(name, str) else None


def _new(import_name: str, secret: str, volume_names: set[str]) -> Object:
    candidates = (_volume_name(import_name, attempt) for attempt in itertools.count())
    name = next(candidate for candidate in candidates if candidate not in volume_names)
    return {"name": name, "secret": {"secretName": secret}}


def _volume_name(import_name: str, attempt: int) -> str:
    """A DNS-1123 label for the import, whose own name may have dots, and so be no label.

    The prefix `sai-` is none by which the API server recognises volumes (kube-api-access-).
    """
    readable = import_name.replace(".", "-")[:_READABLE_LENGTH].rstrip("-")
    digest = hashlib.sha256(f"{import_name}/{attempt}".encode()).hexdigest()
    return f"sai-{readable}-{digest[:8]}"
