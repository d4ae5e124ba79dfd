"""What may be mistyped in the input of a run though it can be used, in sentences."""

from urllib.parse import urlsplit

from kubemcsa.api.cluster import Cluster
from kubemcsa.introduction.direction import account_path, lacks
from kubemcsa.introduction.plan import Plan
from kubemcsa.output.command_lines import command_line
from mcsa_core.endpoint import is_own_machine

_DOCKER_HOSTS = ".docker.internal"
_KIND = "kind-"


def suspicions(source: Cluster, plan: Plan) -> list[str]:
    """Sentences about the source's address and the accounts that the run names."""
    accounts = sorted(set(plan.request.named.accounts))
    missing = [account for account in accounts if lacks(source, account_path(*account))]
    return [*_unreachable(source, plan), *(_missing(plan, account) for account in missing)]


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


def _missing(plan: Plan, account: tuple[str, str]) -> str:
    namespace, name = account
    sentence = (
        f"there is no service account {namespace}/{name} yet: run {plan.commands.source_kubectl} -n"
        f" {namespace} create serviceaccount {name}"
    )
    scope = plan.scope
    flags = [("service_account", "/".join(other)) for other in scope.accounts if other != account]
    flags += [("source_namespace", other) for other in scope.namespaces]
    if not (scope.limited and flags):
        return f"{sentence}, or correct --service-account."
    without = command_line(f"{plan.commands.bootstrap} --replace", dict.fromkeys(flags))
    return f"{sentence}; if it is mistyped, {without} allows all but this one."
