"""The paths of objects and collections at an API server."""

from typing import Any

Object = dict[str, Any]


def object_path(body: Object) -> str:
    """The path of an object."""
    metadata = body["metadata"]
    return f"{collection_path(body, metadata.get('namespace'))}/{metadata['name']}"


def collection_path(kind: Object, namespace: str | None = None) -> str:
    """The path of all objects of a kind, in one namespace or in all.

    `kind` has its apiVersion and kind; an object of that kind will do.
    """
    version, plural = kind["apiVersion"], kind["kind"].lower() + "s"
    if plural.endswith("ys"):
        plural = plural[:-2] + "ies"
    root = "apis" if "/" in version else "api"
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"/{root}/{version}{scope}/{plural}"
