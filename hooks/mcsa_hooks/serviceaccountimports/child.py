"""The Secret of an import: whose it is, which token it holds, how it should be."""

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import AccessError
from mcsa_core.names import IMPORT_NAME
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports.request import Import, Observed

_LAST_APPLIED = "metacontroller.k8s.io/last-applied-configuration"


def owned(observed: Observed) -> Object | None:
    """The Secret of the import's name, if the import controls it."""
    if observed.secret is None:
        return None
    owners = observed.secret["metadata"].get("ownerReferences") or []
    mine = (o.get("controller") is True and o.get("uid") == observed.imported.uid for o in owners)
    return observed.secret if any(mine) else None


def held_token(found: Object | None) -> str | None:
    """The token that a Secret holds, in both places; None if it was tampered with."""
    try:
        token, config = (secret.value(found or {}, key) for key in ("token", "config"))
    except AccessError:
        return None
    return token if token and config and token in config else None


def has_copy(found: Object | None) -> bool:
    """Whether Metacontroller's own way to apply left a copy of the Secret in its annotations."""
    return _LAST_APPLIED in (((found or {}).get("metadata") or {}).get("annotations") or {})


def desired(imported: Import, access: Access) -> Object:
    """The Secret that gives `access`."""
    labels = {IMPORT_NAME: imported.name}
    return _secret(imported, labels, "Opaque", secret.data(imported.name, access))


def as_observed(imported: Import, found: Object) -> Object:
    """The Secret with the values that it has, right or wrong; what others added stays theirs."""
    labels, data = found["metadata"].get("labels") or {}, found.get("data") or {}
    return _secret(
        imported,
        {key: labels[key] for key in (IMPORT_NAME,) if key in labels},
        found.get("type", "Opaque"),
        {key: data[key] for key in secret.KEYS if key in data},
    )


def _secret(imported: Import, labels: Object, kind: str, data: Object) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": imported.secret_name,
            "namespace": imported.namespace,
            "labels": labels,
        },
        "type": kind,
        "data": data,
    }
