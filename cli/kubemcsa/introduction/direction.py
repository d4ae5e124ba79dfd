"""Whether the target is one, or may have been swapped with the source."""

from kubemcsa.api import import_list, namespaces
from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from kubemcsa.introduction.plan import Plan


def check(source: Cluster, target: Cluster, plan: Plan) -> None:
    """ClusterError if the target lacks the CRD, or the source a namespace that the target has."""
    if not import_list.is_known(target):
        suspicion = ": "
        if import_list.is_known(source):
            suspicion = (
                f", but that of context {source.context} does: are the two swapped? If so, run"
                f" {plan.commands.swapped}, else "
            )
        raise ClusterError(
            f"context {target.context}: the cluster does not know ServiceAccountImports{suspicion}"
            "install multicluster-service-account there first, or at least run"
            f" {plan.commands.target_kubectl} apply -f deploy/crd.yaml."
        )
    for name in plan.request.named.names():
        if not namespaces.exists(source, name) and has(target, f"/api/v1/namespaces/{name}"):
            raise ClusterError(
                f"context {source.context}: there is no namespace {name}, but in context"
                f" {target.context} there is: are the two swapped? If so, run"
                f" {plan.commands.swapped}, else run {plan.commands.source_kubectl} create"
                f" namespace {name} first, or correct --service-account and --source-namespace."
            )
    for account in sorted(set(plan.request.named.accounts)):
        path, title = account_path(*account), "/".join(account)
        if lacks(source, path) and has(target, path):
            raise ClusterError(
                f"context {source.context}: there is no service account {title}, but in context"
                f" {target.context} there is: are the two swapped? If so, run"
                f" {plan.commands.swapped}, else run {plan.commands.source_kubectl} -n"
                f" {account[0]} create serviceaccount {account[1]} first, or correct"
                " --service-account."
            )


def has(cluster: Cluster, path: str) -> bool:
    """Whether the cluster is known to have an object; False too if it may not be read."""
    try:
        return cluster.get(path) is not None
    except ClusterError:
        return False


def lacks(cluster: Cluster, path: str) -> bool:
    """Whether an object is known not to exist; False too if it may not be read."""
    try:
        return cluster.get(path) is None
    except ClusterError as error:
        if error.status != 403:
            raise
        return False


def account_path(namespace: str, name: str) -> str:
    """The path of a service account."""
    return f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}"
