"""What an introduction has left in its target, and what becomes of the imports."""

from kubemcsa.api import import_list
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.introduction import objects
from kubemcsa.introduction.leftovers import Leftovers
from kubemcsa.output.listing import listing
from mcsa_core import credential_order
from mcsa_core.credential_order import secret_names
from mcsa_core.endpoint import AccessError
from mcsa_core.names import KIND, SYSTEM_NAMESPACE, grant_name


def in_target(target: Cluster, source_name: str) -> Leftovers:
    """The import first: Metacontroller would bring the renewed credential back."""
    leftovers = Leftovers()
    registered, renewed = map(objects.secret, secret_names(source_name))
    metadata = {"namespace": SYSTEM_NAMESPACE, "name": source_name}
    if not leftovers.take(target, import_list.TYPE | {"metadata": metadata}):
        child = target.get(object_path(renewed))
        if child and _is_owned(child, source_name):
            leftovers.deletable.append(child)
    leftovers.take(target, registered)
    if not leftovers.objects:
        leftovers.remarks.append(_unknown(source_name, source_names(target)))
    _remark_imports(target, leftovers, source_name)
    leftovers.take_namespace(target)
    return leftovers


def source_names(target: Cluster) -> list[str]:
    """The sources that are registered in the target by kubemcsa."""
    imports = target.list_objects(import_list.TYPE, SYSTEM_NAMESPACE, labels=objects.MANAGED_BY)
    return [sai["metadata"]["name"] for sai in imports]


def _unknown(source_name: str, names: list[str]) -> str:
    known = f", but {listing(names)}: correct --source-name if that is meant" if names else ""
    return f"{source_name} is no source of this cluster{known}."


def _is_owned(child: Object, import_name: str) -> bool:
    owners = child["metadata"].get("ownerReferences") or []
    return any((owner["kind"], owner["name"]) == (KIND, import_name) for owner in owners)


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
        f"the imports of {source_name} stay ({listing(names)}). Nothing renews them any more;"
        " delete them, and their Secrets go too."
    )
    if grant := _grant(leftovers.deletable):
        target_name = grant.removeprefix(grant_name(""))
        remark += (
            f" Tokens that they hold end once the Secrets {grant} of {source_name} are deleted, as"
            f" by kubemcsa unbootstrap --target-name {target_name} --source-context CONTEXT."
        )
        leftovers.remarks.append(remark)
        return
    expirations = [(sai.get("status") or {}).get("expirationTimestamp") for sai in remaining]
    if last := max(filter(None, expirations), default=None):
        remark += (
            f" Tokens that they hold are good until they expire, the last at {last}, unless"
            f" {source_name} has taken them back, or their service accounts are deleted there."
        )
    leftovers.remarks.append(remark)


def _grant(bodies: list[Object]) -> str | None:
    """The name of the grants to which the credentials among some objects bind tokens, if any."""
    for body in bodies:
        if body["kind"] != "Secret":
            continue
        try:
            if grant := credential_order.read(body).grant:
                return grant
        except AccessError:
            continue
    return None
