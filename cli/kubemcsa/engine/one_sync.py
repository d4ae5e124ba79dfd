"""What Metacontroller would do for one import, once: no watching, no retrying."""

from dataclasses import dataclass

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object
from kubemcsa.engine.hook_client import Hooks
from mcsa_core.names import PLURAL

_SECRET = {"apiVersion": "v1", "kind": "Secret"}
_OWNER_LABEL = "controller-uid"


@dataclass(frozen=True)
class Outcome:
    """What the hooks said of an import."""

    namespace: str
    name: str
    ready: str
    reason: str
    message: str
    expires: str


def sync(cluster: Cluster, hooks: Hooks, parent: Object, *, dry_run: bool) -> Outcome:
    """Bring one import up to date: its Secret, then its status."""
    children = _children(cluster, parent)
    related = _related(cluster, hooks(f"/{PLURAL}/customize", {"parent": parent}))
    request = {"parent": parent, "children": children, "related": related, "finalizing": False}
    answer = hooks(f"/{PLURAL}/sync", request)
    status = answer["status"] | {"observedGeneration": parent["metadata"]["generation"]}
    if not dry_run:
        _apply(cluster, parent, children, answer["children"])
        if status != parent.get("status"):
            cluster.replace_status(parent | {"status": status})
    return _outcome(parent, status)


def _children(cluster: Cluster, parent: Object) -> Object:
    metadata = parent["metadata"]
    found = cluster.listed(_SECRET, metadata["namespace"], {_OWNER_LABEL: metadata["uid"]})
    # A label can be anybody's; a controller is one.
    return _group([secret for secret in found if _controller(secret) == metadata["uid"]])


def _related(cluster: Cluster, customized: Object) -> Object:
    found = []
    for rule in customized["relatedResources"]:
        for name in rule["names"]:
            named = f"?fieldSelector=metadata.name%3D{name}"
            found += _secrets(cluster, rule["namespace"], named)
    return _group(found)


def _secrets(cluster: Cluster, namespace: str, query: str) -> list[Object]:
    listed = cluster.get(f"/api/v1/namespaces/{namespace}/secrets{query}") or {}
    # The items of a list do not say what they are.
    return [_SECRET | item for item in listed.get("items") or []]


def _controller(secret: Object) -> str | None:
    owners = secret["metadata"].get("ownerReferences") or []
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)


def _group(secrets: list[Object]) -> Object:
    keyed = {f"{s['metadata']['namespace']}/{s['metadata']['name']}": s for s in secrets}
    return {"Secret.v1": keyed}


def _apply(cluster: Cluster, parent: Object, children: Object, desired: list[Object]) -> None:
    wanted = {f"{d['metadata']['namespace']}/{d['metadata']['name']}" for d in desired}
    for key, child in children["Secret.v1"].items():
        if key not in wanted:
            cluster.delete(child)
    for child in desired:
        metadata = child["metadata"]
        owned = {
            "labels": metadata["labels"] | {_OWNER_LABEL: parent["metadata"]["uid"]},
            "ownerReferences": [_owner(parent)],
        }
        cluster.apply(child | {"metadata": metadata | owned})


def _owner(parent: Object) -> Object:
    return {
        "apiVersion": parent["apiVersion"],
        "kind": parent["kind"],
        "name": parent["metadata"]["name"],
        "uid": parent["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _outcome(parent: Object, status: Object) -> Outcome:
    ready = next(c for c in status["conditions"] if c["type"] == "Ready")
    return Outcome(
        namespace=parent["metadata"]["namespace"],
        name=parent["metadata"]["name"],
        ready=ready["status"],
        reason=ready["reason"],
        message=ready["message"],
        expires=status.get("expirationTimestamp", "-"),
    )
