"""The Secret of an import: whether it is the import's, which token it holds, how it should be."""

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
    """The observed Secret if the import is its controller, else None."""
    if request.secret is None:
        return None
    owners = request.secret["metadata"].get("ownerReferences") or []
    own = (o.get("controller") is True and o.get("uid") == request.sai.uid for o in owners)
    return request.secret if any(own) else None


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
    labels = {IMPORT_NAME: sai.name}
    return _secret(sai, labels, "Opaque", secrets.data(sai.name, access))


def as_observed(sai: ServiceAccountImport, secret: Object) -> Object:
    """The Secret with the values that it has, right or wrong, of the fields that we write."""
    labels, data = secret["metadata"].get("labels") or {}, secret.get("data") or {}
    return _secret(
        sai,
        {key: labels[key] for key in (IMPORT_NAME,) if key in labels},
        secret.get("type", "Opaque"),
        {key: data[key] for key in secrets.KEYS if key in data},
    )


def _secret(sai: ServiceAccountImport, labels: Object, kind: str, data: Object) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": sai.secret_name,
            "namespace": sai.namespace,
            "labels": labels,
        },
        "type": kind,
        "data": data,
    }
