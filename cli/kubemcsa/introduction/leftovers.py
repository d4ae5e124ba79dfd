"""What an introduction has left in its two clusters, and which of it other clusters still use."""

from dataclasses import dataclass, field

from kubemcsa.api import import_list, namespaces
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import objects, rights, token_policy
from kubemcsa.introduction.objects import is_ours, title
from mcsa_core.credential_order import secret_names
from mcsa_core.names import KIND, SYSTEM_NAMESPACE

_SHOWN = 10


@dataclass
class Leftovers:
    """What can be deleted, in this order, and remarks about what stays."""

    deletable: list[Object] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def in_source(source: Cluster, target_name: str) -> Leftovers:
    """The identity first: with it the credential ends; the policy when no identity has rights."""
    leftovers = Leftovers()
    _take(source, leftovers, objects.service_account(target_name))
    leftovers.deletable += rights.find(source, target_name)
    users = _other_users(source, target_name, leftovers.deletable)
    if users:
        leftovers.remarks.append(
            f"the namespace, the policy and the ClusterRole stay, as there are {_listing(users)}."
        )
        return leftovers
    for shared in (rights.cluster_role(), *reversed(token_policy.policy())):
        _take(source, leftovers, shared)
    _take_namespace(source, leftovers)
    return leftovers


def in_target(target: Cluster, source_name: str) -> Leftovers:
    """The import first: it would bring the renewed credential back."""
    leftovers = Leftovers()
    registered, renewed = map(objects.secret, secret_names(source_name))
    metadata = {"namespace": SYSTEM_NAMESPACE, "name": source_name}
    if not _take(target, leftovers, import_list.TYPE | {"metadata": metadata}):
        child = target.get(object_path(renewed))
        if child and _is_owned(child, source_name):
            leftovers.deletable.append(child)
    _take(target, leftovers, registered)
    _remark_imports(target, leftovers, source_name)
    _take_namespace(target, leftovers)
    return leftovers


def _take(cluster: Cluster, leftovers: Leftovers, body: Object) -> bool:
    """Add the object at the path of `body` if it is ours; whether there is one that stays."""
    existing = cluster.get(object_path(body))
    if existing and not is_ours(existing):
        leftovers.remarks.append(f"{title(body)} was not made by kubemcsa, and stays.")
        return True
    if existing:
        leftovers.deletable.append(existing)
    return False


def _is_owned(child: Object, import_name: str) -> bool:
    owners = child["metadata"].get("ownerReferences") or []
    return any((owner["kind"], owner["name"]) == (KIND, import_name) for owner in owners)


def _other_users(source: Cluster, target_name: str, deletable: list[Object]) -> list[str]:
    """The identities and bindings that stay, and whose rights the policy limits."""
    accounts = source.list_objects({"apiVersion": "v1", "kind": "ServiceAccount"}, SYSTEM_NAMESPACE)
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


def _take_namespace(cluster: Cluster, leftovers: Leftovers) -> None:
    """Add the namespace if it is ours and nothing stays in it."""
    namespace = cluster.get(object_path(objects.namespace()))
    if namespace is None or not is_ours(namespace):
        return
    deletable = {object_path(body) for body in leftovers.deletable}
    try:
        contents = namespaces.contents(cluster, SYSTEM_NAMESPACE)
        remaining = [path for path in contents if path not in deletable]
    except ClusterError as error:
        leftovers.remarks.append(f"the namespace stays, as what is in it can't be listed: {error}")
        return
    if remaining:
        names = [path.partition(f"/namespaces/{SYSTEM_NAMESPACE}/")[2] for path in remaining]
        leftovers.remarks.append(f"the namespace stays, with {_listing(names)}.")
    else:
        leftovers.deletable.append(namespace)


def _remark_imports(target: Cluster, leftovers: Leftovers, source_name: str) -> None:
    deletable = {object_path(body) for body in leftovers.deletable}
    remaining = [
        sai
        for sai in target.list_objects(import_list.TYPE)
        if sai["spec"]["clusterName"] == source_name and object_path(sai) not in deletable
    ]
    if not remaining:
        return
    names = [f"{sai['metadata']['namespace']}/{sai['metadata']['name']}" for sai in remaining]
    remark = (
        f"the imports of {source_name} stay ({_listing(names)}). Nothing renews them any more;"
        " delete them, and their Secrets go too."
    )
    expirations = [(sai.get("status") or {}).get("expirationTimestamp") for sai in remaining]
    if last := max(filter(None, expirations), default=None):
        remark += (
            f" Tokens that they hold are good until they expire, the last at {last}, or until"
            f" their service accounts in {source_name} are deleted."
        )
    leftovers.remarks.append(remark)


def _listing(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
