"""Namespaces of a cluster, and what is in them."""

import json
from collections.abc import Iterator

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object
from kubemcsa.errors import ClusterError

# kubectl apply warns of objects without it.
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

# Kubernetes makes them in each namespace.
_OF_KUBERNETES = {"configmaps/kube-root-ca.crt", "serviceaccounts/default"}


def exists(cluster: Cluster, name: str) -> bool:
    """Whether there is a namespace of that name; ClusterError if it is being deleted."""
    namespace = cluster.get(f"/api/v1/namespaces/{name}")
    if namespace and namespace["metadata"].get("deletionTimestamp"):
        raise ClusterError(
            f"context {cluster.context}: namespace {name} is still being deleted: try again when it"
            " has gone."
        )
    return namespace is not None


def apply(cluster: Cluster, body: Object) -> None:
    """The namespace is there, with the labels of `body`; kubectl apply takes it as its own."""
    metadata = body["metadata"]
    if not exists(cluster, metadata["name"]):
        configuration = json.dumps(body | {"metadata": {"name": metadata["name"]}})
        annotated = metadata | {"annotations": {_LAST_APPLIED: configuration}}
        try:
            cluster.create("/api/v1/namespaces", body | {"metadata": annotated})
        except ClusterError as error:
            # Another run has created it meanwhile.
            if error.status != 409:
                raise
    cluster.apply(body)


def contents(cluster: Cluster, name: str) -> Iterator[str]:
    """The paths of all objects in a namespace but events and what Kubernetes makes there."""
    groups = (cluster.get("/apis") or {}).get("groups") or []
    versions = [f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups]
    for version in ("/api/v1", *versions):
        for resource in (cluster.get(version) or {}).get("resources") or []:
            plural = resource["name"]
            if resource["namespaced"] and "list" in resource["verbs"] and plural != "events":
                collection = f"{version}/namespaces/{name}/{plural}"
                for item in (cluster.get(collection) or {}).get("items") or []:
                    if f"{plural}/{item['metadata']['name']}" not in _OF_KUBERNETES:
                        yield f"{collection}/{item['metadata']['name']}"
