"""What may be mistyped in the input of a run though it can be used, in sentences."""

from urllib.parse import urlsplit

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import direction
from kubemcsa.introduction.plan import Plan
from mcsa_core.endpoint import is_own_machine

_DOCKER_HOSTS = ".docker.internal"
_KIND = "kind-"


def suspicions(source: Cluster, target: Cluster | None, plan: Plan) -> list[str]:
    """Sentences about the source's address and the accounts that the run names."""
    accounts = sorted(set(plan.request.named.accounts))
    missing = [
        _missing(target, plan, *account)
        for account in accounts
        if _is_missing(source, _account_path(*account))
    ]
    return [*_unreachable(source, plan), *missing]


def _unreachable(source: Cluster, plan: Plan) -> list[str]:
    proxy = plan.endpoint.proxy_url
    url = proxy or plan.endpoint.server
    host = urlsplit(url).hostname or ""
    if not (is_own_machine(url) or host.endswith(_DOCKER_HOSTS)):
        return []
    if source.name.startswith(_KIND):
        server = f"https://{source.name.removeprefix(_KIND)}-control-plane:6443"
        remedy = f"add --source-server {server}, by which pods of other kind clusters reach it"
    else:
        remedy = (
            f"add --source-server URL with an address that pods of {plan.target_name} can reach; of"
            " a kind cluster that is https://NAME-control-plane:6443, where kind get clusters"
            " prints NAME"
        )
    noun = "proxy" if proxy else "API server"
    return [f"the address of its {noun}, {host}, is good on this machine only: {remedy}."]


def _missing(target: Cluster | None, plan: Plan, namespace: str, name: str) -> str:
    if target and direction.has(target, _account_path(namespace, name)):
        return (
            f"there is no service account {namespace}/{name}, but in context {target.context} there"
            " is: create it here, correct --service-account, or are the two swapped? Then run"
            f" {plan.commands.swapped}."
        )
    return (
        f"there is no service account {namespace}/{name} yet: run {plan.commands.source_kubectl} -n"
        f" {namespace} create serviceaccount {name}, or correct --service-account, with --replace"
        " to take this one away."
    )


def _is_missing(source: Cluster, path: str) -> bool:
    """Whether an object is known not to exist; False too if it may not be read."""
    try:
        return source.get(path) is None
    except ClusterError as error:
        if error.status != 403:
            raise
        return False


def _account_path(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}"
