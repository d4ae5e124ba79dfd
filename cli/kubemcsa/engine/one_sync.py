"""What Metacontroller would do for one import, once: no watching, no retrying."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object
from kubemcsa.engine.hook_client import Hooks
from kubemcsa.engine.outcome import Outcome, outcome
from mcsa_core.names import PLURAL

_SECRET = {"apiVersion": "v1", "kind": "Secret"}
_OWNER_LABEL = "controller-uid"
# Metacontroller removes only fields that no other manager has applied.
_MANAGER = "metacontroller"


def sync(cluster: Cluster, post: Hooks, parent: Object, *, dry_run: bool) -> Outcome:
    """Bring one import up to date: its Secret, then its status."""
    children = _children(cluster, parent)
    related = _related(cluster, post(f"/{PLURAL}/customize", {"parent": parent}))
    request = {"parent": parent, "children": children, "related": related, "finalizing": False}
    reply = post(f"/{PLURAL}/sync", request)
    status = reply["status"] | {"observedGeneration": parent["metadata"]["generation"]}
    if not dry_run:
        _apply(cluster, parent, children, reply["children"])
        if status != parent.get("status"):
            cluster.replace_status(parent | {"status": status})
    return outcome(parent, status, reply["children"])


def _children(cluster: Cluster, parent: Object) -> Object:
    metadata = parent["metadata"]
    secrets = cluster.list_objects(_SECRET, metadata["namespace"], {_OWNER_LABEL: metadata["uid"]})
    # Several Secrets can bear the label; the controller's owner reference is unambiguous.
    return _group([secret for secret in secrets if _controller(secret) == metadata["uid"]])


def _related(cluster: Cluster, customize_reply: Object) -> Object:
    secrets = []
    for rule in customize_reply["relatedResources"]:
        for name in rule["names"]:
            secrets += cluster.list_objects(_SECRET, rule["namespace"], name=name)
    return _group(secrets)


def _controller(secret: Object) -> str | None:
    owners = secret["metadata"].get("ownerReferences") or []
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)


def _group(secrets: list[Object]) -> Object:
    """The Secrets as Metacontroller sends them: by group and NAMESPACE/NAME."""
    return {"Secret.v1": {_key(secret): secret for secret in secrets}}


def _key(secret: Object) -> str:
    return f"{secret['metadata']['namespace']}/{secret['metadata']['name']}"


def _apply(cluster: Cluster, parent: Object, children: Object, desired: list[Object]) -> None:
    desired_keys = {_key(secret) for secret in desired}
    for key, child in children["Secret.v1"].items():
        if key not in desired_keys:
            cluster.delete(child)
    for child in desired:
        metadata = child["metadata"]
        ownership = {
            "labels": metadata["labels"] | {_OWNER_LABEL: parent["metadata"]["uid"]},
            "ownerReferences": [_owner(parent)],
        }
        cluster.apply(child | {"metadata": metadata | ownership}, _MANAGER)


def _owner(parent: Object) -> Object:
    return {
        "apiVersion": parent["apiVersion"],
        "kind": parent["kind"],
        "name": parent["metadata"]["name"],
        "uid": parent["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
