"""The target's half of an introduction: the credential, and the import that renews it."""

from kubemcsa import imports, namespaces, objects
from kubemcsa.cluster import Cluster, ClusterError
from kubemcsa.paths import Object, object_path
from kubemcsa.progress import say
from multicluster_service_account.access import Access
from multicluster_service_account.names import SYSTEM_NAMESPACE


def check(target: Cluster, source_name: str) -> None:
    """ClusterError unless the source can be registered under that name."""
    imports.check(target)
    namespaces.exists(target, SYSTEM_NAMESPACE)
    metadata = {"namespace": SYSTEM_NAMESPACE, "name": source_name}
    _existing(target, {"apiVersion": "v1", "kind": "Secret", "metadata": metadata})


def wanted(source_name: str, target_name: str, access: Access, seconds: int) -> list[Object]:
    """All objects, in order."""
    return [
        objects.namespace(),
        objects.credential(source_name, access),
        objects.renewal(source_name, target_name, seconds),
    ]


def register(target: Cluster, wanted: list[Object]) -> None:
    """The source is registered, unless somebody else's Secret is in the way: ClusterError."""
    for one in wanted:
        if one["kind"] == "Secret":
            _put_credential(target, one)
        else:
            target.apply(one)
        say(target, one, "applied")


def _put_credential(target: Cluster, credential: Object) -> None:
    # Whatever appears or changes between the look and the write makes the write fail.
    if found := _existing(target, credential):
        version = {"resourceVersion": found["metadata"]["resourceVersion"]}
        target.apply(credential | {"metadata": credential["metadata"] | version})
    else:
        target.create(object_path(credential).rpartition("/")[0], credential)


def _existing(target: Cluster, credential: Object) -> Object | None:
    found = target.get(object_path(credential))
    if found and not objects.is_ours(found):
        name = credential["metadata"]["name"]
        raise ClusterError(
            f"context {target.context}: Secret {SYSTEM_NAMESPACE}/{name} exists and was not made by"
            " kubemcsa: delete it, or choose another --source-name."
        )
    return found
