"""The source's half of an introduction: an identity for the target, and its rights."""

from kubemcsa.api import namespaces
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.api.token_request import GrantedToken, request_token
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import cluster_names, objects, rights, token_policy
from kubemcsa.introduction.plan import Plan
from kubemcsa.output.progress import say
from mcsa_core.names import SYSTEM_NAMESPACE


def check(source: Cluster, plan: Plan) -> None:
    """ClusterError unless the plan can be applied and overwrites nothing but what kubemcsa made."""
    namespaces.exists(source, SYSTEM_NAMESPACE)
    missing = [name for name in plan.scope.names() if not namespaces.exists(source, name)]
    if missing:
        raise ClusterError(
            f"context {source.context}: there is no namespace {' and no namespace '.join(missing)}:"
            " create it first, or correct --service-account and --source-namespace."
        )
    for body in _not_adopted(plan):
        existing = source.get(object_path(body))
        if existing and not objects.is_ours(existing):
            raise ClusterError(
                f"context {source.context}: {objects.title(body)} exists and was not made by"
                f" kubemcsa: {_remedy(body, plan.target_name)}."
            )


def _not_adopted(plan: Plan) -> list[Object]:
    """The objects that kubemcsa must have made if they exist."""
    adopted = [objects.namespace(), rights.cluster_role()]
    if plan.earlier_rights:
        # The original's identity, or one that was made anew by hand: earlier runs gave it rights.
        adopted += [*plan.earlier_rights, objects.service_account(plan.target_name)]
    return rights.without(plan.source_objects, adopted)


def _remedy(body: Object, target_name: str) -> str:
    if body in token_policy.policy():
        return "delete it first, or give it another name"
    return f"add --target-name {cluster_names.legal(target_name + '-target')}, for example"


def say_if_it_widens(source: Cluster, plan: Plan) -> None:
    """Say so where an earlier run has set limits, and this one sets none."""
    if plan.widens:
        say(
            source.context,
            f"an earlier run lets {plan.target_name} import some service accounts only; without"
            " --service-account or --source-namespace, this one lets it import every one.",
        )


def apply(source: Cluster, plan: Plan) -> GrantedToken:
    """A token of the target's identity, whose rights are those of the plan's scope."""
    for body in plan.source_objects:
        source.apply(body)
        say(source.context, f"{objects.title(body)} applied")
    for body in plan.obsolete_rights:
        source.delete(body)
        say(source.context, f"{objects.title(body)} deleted")
    return request_token(source, SYSTEM_NAMESPACE, plan.target_name, plan.seconds)
