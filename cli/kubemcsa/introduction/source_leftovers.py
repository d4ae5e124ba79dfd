"""What an introduction has left in its source, and which of it other targets still use."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object
from kubemcsa.introduction import fallback, grants, objects, rights, token_policy
from kubemcsa.introduction.leftovers import Leftovers
from kubemcsa.introduction.objects import is_ours, title
from kubemcsa.output.listing import listing
from mcsa_core.names import SYSTEM_NAMESPACE

_ACCOUNTS = {"apiVersion": "v1", "kind": "ServiceAccount"}


def in_source(source: Cluster, target_name: str) -> Leftovers:
    """First what tokens end with; the policies only when no identity has rights any more.

    The rights stay until the tokens have ended: an API server accepts a credential for some seconds
    more, and without the right `bind` that could request tokens that are bound to nothing.
    """
    leftovers = Leftovers()
    leftovers.deletable += _grants(source, target_name, leftovers)
    leftovers.take(source, fallback.fallback(target_name))
    leftovers.take(source, objects.service_account(target_name))
    rights_of_target = rights.find(source, target_name)
    wide = [body for body in rights_of_target if body["kind"] == "ClusterRoleBinding"]
    leftovers.revocable = leftovers.deletable + wide
    leftovers.deletable = rights.without(rights_of_target, wide)
    if not leftovers.objects:
        leftovers.remarks.append(_unknown(target_name, target_names(source)))
    users = _other_users(source, target_name, leftovers.objects)
    if users:
        leftovers.remarks.append(
            f"the namespace, the policies and the ClusterRole stay, as there are {listing(users)}."
        )
        return leftovers
    for shared in (rights.cluster_role(), *reversed(token_policy.policy())):
        leftovers.take(source, shared)
    leftovers.take_namespace(source)
    return leftovers


def target_names(source: Cluster) -> list[str]:
    """The targets that have an identity in the source."""
    accounts = source.list_objects(_ACCOUNTS, SYSTEM_NAMESPACE, labels=objects.MANAGED_BY)
    return [account["metadata"]["name"] for account in accounts]


def _unknown(target_name: str, names: list[str]) -> str:
    known = f", but {listing(names)}: correct --target-name if that is meant" if names else ""
    return f"{target_name} is no target of this cluster{known}."


def _grants(source: Cluster, target_name: str, leftovers: Leftovers) -> list[Object]:
    """The target's grants in all namespaces; Secrets of that name that are none get a remark."""
    secrets = grants.find_by_name(source, target_name)
    # A tenant may take the label away; the type of a Secret can't be changed.
    deletable = [secret for secret in secrets if is_ours(secret) or grants.is_grant(secret)]
    leftovers.remarks += [
        f"{title(secret)} was not made by kubemcsa, and stays."
        for secret in rights.without(secrets, deletable)
    ]
    return deletable


def _other_users(source: Cluster, target_name: str, deletable: list[Object]) -> list[str]:
    """The identities and bindings that stay, and whose rights the policies limit."""
    accounts = source.list_objects(_ACCOUNTS, SYSTEM_NAMESPACE)
    excepted = ("default", target_name)
    users = [title(account) for account in accounts if account["metadata"]["name"] not in excepted]
    remaining = rights.without(rights.all_bindings(source), deletable)
    return users + [title(binding) for binding in remaining if _concerns_identities(binding)]


def _concerns_identities(binding: Object) -> bool:
    group = f"system:serviceaccounts:{SYSTEM_NAMESPACE}"
    return binding["roleRef"]["name"] == rights.CLUSTER_ROLE or any(
        namespace == SYSTEM_NAMESPACE or name == group
        for namespace, name in rights.subjects(binding)
    )
