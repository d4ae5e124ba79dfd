"""Definitions of kinds that other projects bring, which take anything."""

from typing import Any


def definition(group: str, kind: str, version: str = "v1", scope: str = "Namespaced") -> Any:
    """A CustomResourceDefinition whose objects are not checked."""
    plural = f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {"name": version, "served": True, "storage": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "scope": scope,
            "versions": [served | {"schema": {"openAPIV3Schema": schema}}],
        },
    }
