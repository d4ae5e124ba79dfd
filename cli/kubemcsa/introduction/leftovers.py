"""What an introduction has left in its two clusters, and what of it is still of use to others."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from kubemcsa.api import import_list
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import objects, rights, token_policy
from kubemcsa.introduction.objects import is_ours, title
from mcsa_core.names import KIND, SYSTEM_NAMESPACE, secret_name

_SHOWN = 10
# What Kubernetes puts into each namespace.
_OF_KUBERNETES = {"configmaps/kube-root-ca.crt", "serviceaccounts/default"}


@dataclass
class Leftovers:
    """What can go, in this order, and what there is to say of what stays."""

    going: list[Object] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def in_source(source: Cluster, target_name: str) -> Leftovers:
    """The identity first: with it the credential ends; the policy when nobody has rights."""
    found = Leftovers()
    _take(source, found, objects.service_account(target_name))
    found.going += rights.existing(source, target_name)
    others = _others(source, target_name, found.going)
    if others:
        found.remarks.append(
            f"the namespace, the policy and the ClusterRole stay, as there are {_named(others)}."
        )
        return found
    for shared in (rights.cluster_role(), *reversed(token_policy.policy())):
        _take(source, found, shared)
    _take_namespace(source, found)
    return found


def in_target(target: Cluster, source_name: str) -> Leftovers:
    """The import first: it would bring the renewed credential back."""
    found = Leftovers()
    metadata = {"namespace": SYSTEM_NAMESPACE, "name": source_name}
    renewal = import_list.TYPE | {"metadata": metadata}
    if not _take(target, found, renewal):
        child = target.get(object_path(_secret(secret_name(SYSTEM_NAMESPACE, source_name))))
        if child and _is_owned(child, source_name):
            found.going.append(child)
    _take(target, found, _secret(source_name))
    _remark_imports(target, found, source_name)
    _take_namespace(target, found)
    return found


def _take(cluster: Cluster, found: Leftovers, wanted: Object) -> bool:
    """The object is among what goes, if it is ours; whether it exists and stays."""
    one = cluster.get(object_path(wanted))
    if one and not is_ours(one):
        found.remarks.append(f"{title(wanted)} was not made by kubemcsa, and stays.")
        return True
    if one:
        found.going.append(one)
    return False


def _secret(name: str) -> Object:
    metadata = {"namespace": SYSTEM_NAMESPACE, "name": name}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}


def _is_owned(child: Object, source_name: str) -> bool:
    owners = child["metadata"].get("ownerReferences") or []
    return any((o["kind"], o["name"]) == (KIND, source_name) for o in owners)


def _others(source: Cluster, target_name: str, going: list[Object]) -> list[str]:
    """Who else has, or is about to get, rights that the policy limits."""
    kind = {"apiVersion": "v1", "kind": "ServiceAccount"}
    accounts = source.listed(kind, SYSTEM_NAMESPACE)
    found = [title(a) for a in accounts if a["metadata"]["name"] not in ("default", target_name)]
    remaining = rights.without(rights.all_bindings(source), going)
    return found + [title(binding) for binding in remaining if _concerns_identities(binding)]


def _concerns_identities(binding: Object) -> bool:
    group = f"system:serviceaccounts:{SYSTEM_NAMESPACE}"
    subjects = [(s.get("namespace"), s["name"]) for s in binding.get("subjects") or []]
    return binding["roleRef"]["name"] == rights.CLUSTER_ROLE or any(
        namespace == SYSTEM_NAMESPACE or name == group for namespace, name in subjects
    )


def _take_namespace(cluster: Cluster, found: Leftovers) -> None:
    """The namespace goes if it is ours and nothing stays in it."""
    namespace = cluster.get(object_path(objects.namespace()))
    if namespace is None or not is_ours(namespace):
        return
    going = {object_path(one) for one in found.going}
    try:
        left = [one for one in _contents(cluster) if one not in going]
    except ClusterError as error:
        found.remarks.append(f"the namespace stays, as what is in it can't be told: {error}")
        return
    if left:
        named = [path.partition(f"/namespaces/{SYSTEM_NAMESPACE}/")[2] for path in left]
        found.remarks.append(f"the namespace stays, with {_named(named)}.")
    else:
        found.going.append(namespace)


def _contents(cluster: Cluster) -> Iterator[str]:
    """The paths of all objects in the system namespace but what Kubernetes puts there."""
    groups = (cluster.get("/apis") or {}).get("groups") or []
    versions = [f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups]
    for version in ("/api/v1", *versions):
        for resource in (cluster.get(version) or {}).get("resources") or []:
            plural = resource["name"]
            if resource["namespaced"] and "list" in resource["verbs"] and plural != "events":
                collection = f"{version}/namespaces/{SYSTEM_NAMESPACE}/{plural}"
                for item in (cluster.get(collection) or {}).get("items") or []:
                    if f"{plural}/{item['metadata']['name']}" not in _OF_KUBERNETES:
                        yield f"{collection}/{item['metadata']['name']}"


def _remark_imports(target: Cluster, found: Leftovers, source_name: str) -> None:
    going = {object_path(one) for one in found.going}
    staying = [
        one
        for one in target.listed(import_list.TYPE)
        if one["spec"]["clusterName"] == source_name and object_path(one) not in going
    ]
    if not staying:
        return
    names = [f"{one['metadata']['namespace']}/{one['metadata']['name']}" for one in staying]
    ends = [(one.get("status") or {}).get("expirationTimestamp") for one in staying]
    until = max((end for end in ends if end), default=None)
    found.remarks.append(
        f"the imports of {source_name} stay ({_named(names)}). Nothing renews them any more; delete"
        " them, and their Secrets go too."
        + (
            f" Tokens that they hold are good until they expire, the last at {until}, or until"
            f" their service accounts in {source_name} are deleted."
            if until
            else ""
        )
    )


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
