"""The ServiceAccountImports of a cluster, if its CRD is there."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object
from kubemcsa.errors import ClusterError
from mcsa_core.names import API_VERSION, KIND, PLURAL

TYPE = {"apiVersion": API_VERSION, "kind": KIND}


def is_known(cluster: Cluster) -> bool:
    """Whether the cluster knows ServiceAccountImports."""
    resources = (cluster.get(f"/apis/{API_VERSION}") or {}).get("resources") or []
    return PLURAL in [resource["name"] for resource in resources]


def check(cluster: Cluster) -> None:
    """ClusterError unless the cluster knows ServiceAccountImports."""
    if not is_known(cluster):
        cluster.check_api()
        raise ClusterError(
            f"context {cluster.context}: the cluster does not know ServiceAccountImports: choose"
            " the context of a cluster that has imports, or install multicluster-service-account"
            f" there first, at least by {cluster.kubectl} apply -f deploy/crd.yaml."
        )


def list_imports(cluster: Cluster, namespace: str | None = None) -> list[Object]:
    """All imports of a namespace, or of the cluster; ClusterError if it does not know the kind."""
    imports = cluster.list_objects(TYPE, namespace)
    if not imports:
        check(cluster)
    return imports
