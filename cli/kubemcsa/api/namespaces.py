"""Namespaces that something is about to be made in."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError


def exists(cluster: Cluster, name: str) -> bool:
    """Whether there is a namespace of that name; ClusterError if it is being deleted."""
    found = cluster.get(f"/api/v1/namespaces/{name}")
    if found and found["metadata"].get("deletionTimestamp"):
        raise ClusterError(
            f"context {cluster.context}: namespace {name} is still being deleted: try again when it"
            " has gone."
        )
    return found is not None
