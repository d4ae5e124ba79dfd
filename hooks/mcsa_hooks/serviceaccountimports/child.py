"""The Secret of an import: whether it is the import's, which token it holds, how it should be."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mcsa_core import secret as secrets
from mcsa_core.access import Access
from mcsa_core.endpoint import AccessError
from mcsa_core.names import IMPORT_NAME
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport, SyncRequest

_LAST_APPLIED = "metacontroller.k8s.io/last-applied-configuration"


def owned(request: SyncRequest) -> Object | None:
    """The import's own Secret as observed, or None."""
    secret = request.secret
    return secret if secret and request.sai.controls(secret) else None


def is_writable(sai: ServiceAccountImport, secret: Object | None) -> bool:
    """Whether there is no Secret yet, or one that Metacontroller can write for the import.

    With server-side apply it would take over a Secret that the import does not control, and would
    fail on one of another type or an immutable one.
    """
    if secret is None:
        return True
    is_mutable = secret.get("type") == "Opaque" and not secret.get("immutable")
    return sai.controls(secret) and is_mutable


def token(secret: Object | None) -> str | None:
    """The token that `secret` holds in both places; None if they differ or there is none."""
    try:
        inline, config = (secrets.value(secret or {}, key) for key in ("token", "config"))
    except AccessError:
        return None
    return inline if inline and config and inline in config else None


def is_fresh(secret: Object, now: float, seconds: int) -> bool:
    """Whether a token was written into `secret` less than `seconds` ago, by its managedFields.

    Their times are of the clock of the target's API server, which no source can change.
    """
    entries = secret["metadata"].get("managedFields") or []
    times = (_time(entry.get("time")) for entry in entries if _is_of_token(entry))
    return any(time is not None and abs(now - time) < seconds for time in times)


def _is_of_token(entry: Object) -> bool:
    fields = entry.get("fieldsV1")
    data = fields.get("f:data") if isinstance(fields, dict) else None
    return isinstance(data, dict) and "f:token" in data


def _time(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def has_copy(secret: Object | None) -> bool:
    """Whether Metacontroller's default way to apply has left a copy of it in an annotation."""
    return _LAST_APPLIED in (((secret or {}).get("metadata") or {}).get("annotations") or {})


def desired(sai: ServiceAccountImport, access: Access) -> Object:
    """The Secret that gives `access`."""
    metadata = {"name": sai.secret_name, "labels": {IMPORT_NAME: sai.name}}
    return opaque(sai, metadata, secrets.data(sai.name, access))


def as_observed(sai: ServiceAccountImport, secret: Object) -> Object:
    """The Secret with the values that it has, right or wrong, of the fields that we write."""
    labels = picked(secret["metadata"].get("labels"), (IMPORT_NAME,))
    metadata = {"name": sai.secret_name, "labels": labels}
    kept = opaque(sai, metadata, picked(secret.get("data"), secrets.KEYS))
    return kept | {"type": secret.get("type", "Opaque")}


def picked(section: Object | None, keys: Iterable[str]) -> Object:
    """The entries of `section` that have one of `keys`."""
    return {key: section[key] for key in keys if section and key in section}


def opaque(sai: ServiceAccountImport, metadata: Object, data: Object) -> Object:
    """A Secret of the import's namespace; the values of `data` are in base64."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata | {"namespace": sai.namespace},
        "type": "Opaque",
        "data": data,
    }
