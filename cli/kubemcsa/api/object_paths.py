"""Where objects are at their API server."""

from typing import Any

Object = dict[str, Any]


def object_path(body: Object) -> str:
    """The path of an object at its API server."""
    metadata = body["metadata"]
    return f"{collection_path(body, metadata.get('namespace'))}/{metadata['name']}"


def collection_path(kind: Object, namespace: str | None = None) -> str:
    """The path of the objects of a kind, in one namespace or in all; `kind` is one of them."""
    version, plural = kind["apiVersion"], kind["kind"].lower() + "s"
    if plural.endswith("ys"):
        plural = plural[:-2] + "ies"
    root = "apis" if "/" in version else "api"
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"/{root}/{version}{scope}/{plural}"
