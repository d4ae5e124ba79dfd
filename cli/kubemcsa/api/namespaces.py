"""Namespaces of a cluster, and what is in them."""

from collections.abc import Iterator

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError

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
