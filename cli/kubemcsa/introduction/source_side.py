"""The source's half of an introduction: an identity for the target, and its rights."""

from kubemcsa.api import namespaces
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.api.token_request import Granted, request_token
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import cluster_names, objects, rights, token_policy
from kubemcsa.introduction.scope import Scope
from kubemcsa.output.progress import say
from mcsa_core.names import SYSTEM_NAMESPACE


def check(source: Cluster, target_name: str, allowed: Scope) -> None:
    """ClusterError unless all that is allowed can be, without overwriting what others made."""
    namespaces.exists(source, SYSTEM_NAMESPACE)
    missing = [name for name in allowed.names() if not namespaces.exists(source, name)]
    if missing:
        raise ClusterError(
            f"context {source.context}: there is no namespace {' and no namespace '.join(missing)}:"
            " create it first, or correct --service-account and --source-namespace."
        )
    _check_names(source, target_name, allowed)


def _check_names(source: Cluster, target_name: str, allowed: Scope) -> None:
    adopted = [objects.namespace(), rights.cluster_role()]
    if existing_rights := rights.existing(source, target_name):
        # The original's identity, or one that was made anew by hand: earlier runs gave it rights.
        adopted += [*existing_rights, objects.service_account(target_name)]
    for planned in rights.without(wanted(target_name, allowed), adopted):
        existing = source.get(object_path(planned))
        if existing and not objects.is_ours(existing):
            remedy = (
                f"add --target-name {cluster_names.legal(target_name + '-target')}, for example"
            )
            if planned in token_policy.policy():
                remedy = "delete it first, or give it another name"
            raise ClusterError(
                f"context {source.context}: {objects.title(planned)} exists and was not made by"
                f" kubemcsa: {remedy}."
            )


def say_if_it_widens(source: Cluster, target_name: str, allowed: Scope) -> None:
    """Say so where an earlier run has set limits, and this one sets none."""
    had = {one["kind"] for one in rights.existing(source, target_name)}
    if not allowed.limited and "RoleBinding" in had and "ClusterRoleBinding" not in had:
        say(
            source.context,
            f"an earlier run lets {target_name} import some service accounts only; without"
            " --service-account or --source-namespace, this one lets it import every one.",
        )


def wanted(target_name: str, allowed: Scope) -> list[Object]:
    """All objects, in order: whoever gets a right is under the policy by then."""
    return [
        objects.namespace(),
        *token_policy.policy(),
        objects.service_account(target_name),
        *rights.rights(target_name, allowed),
    ]


def unwanted(source: Cluster, target_name: str, allowed: Scope) -> list[Object]:
    """What the target's identity has and should not have."""
    found = rights.existing(source, target_name)
    return rights.without(found, rights.rights(target_name, allowed))


def let_in(source: Cluster, target_name: str, allowed: Scope, seconds: int) -> Granted:
    """A token of the target's identity, which may import what is allowed and nothing else."""
    before = unwanted(source, target_name, allowed)
    for one in wanted(target_name, allowed):
        source.apply(one)
        say(source.context, f"{objects.title(one)} applied")
    for one in before:
        source.delete(one)
        say(source.context, f"{objects.title(one)} deleted")
    return request_token(source, SYSTEM_NAMESPACE, target_name, seconds)
