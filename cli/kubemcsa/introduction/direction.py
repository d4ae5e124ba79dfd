"""Whether target and source may have been swapped, before anything is written."""

from kubemcsa.api import import_list, namespaces
from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from kubemcsa.introduction.plan import Plan


def check(source: Cluster, target: Cluster, plan: Plan) -> None:
    """ClusterError if the source has what the target should have, or the other way round."""
    if not import_list.is_known(target) and import_list.is_known(source):
        raise ClusterError(
            f"context {target.context}: the cluster does not know ServiceAccountImports, but that"
            f" of context {source.context} does: are the two swapped? If so, run"
            f" {plan.commands.swapped}, else install multicluster-service-account first, or at"
            f" least run {plan.commands.target_kubectl} apply -f deploy/crd.yaml."
        )
    for name in plan.request.named.names():
        if not namespaces.exists(source, name) and has(target, f"/api/v1/namespaces/{name}"):
            raise ClusterError(
                f"context {source.context}: there is no namespace {name}, but in context"
                f" {target.context} there is: are the two swapped? If so, run"
                f" {plan.commands.swapped}, else run {plan.commands.source_kubectl} create"
                f" namespace {name} first, or correct --service-account and --source-namespace."
            )


def has(cluster: Cluster, path: str) -> bool:
    """Whether the cluster is known to have an object; False too if it may not be read."""
    try:
        return cluster.get(path) is not None
    except ClusterError:
        return False
