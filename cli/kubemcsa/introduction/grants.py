"""Grants: empty Secrets of the source to which a target's tokens are bound, and end with."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object
from kubemcsa.introduction.objects import new
from mcsa_core.names import SYSTEM_NAMESPACE, grant_name

_SECRETS = {"apiVersion": "v1", "kind": "Secret"}
_TYPE = "multicluster.admiralty.io/grant"


def grant(target_name: str, namespace: str = SYSTEM_NAMESPACE) -> Object:
    """The grant of a target in a namespace."""
    return new("v1", "Secret", grant_name(target_name), namespace, type=_TYPE, immutable=True)


def find(source: Cluster, target_name: str) -> list[Object]:
    """The grants of a target in all namespaces, those that are being deleted too."""
    return [secret for secret in find_by_name(source, target_name) if is_grant(secret)]


def find_by_name(source: Cluster, target_name: str) -> list[Object]:
    """All Secrets that bear the name of a target's grants, of whatever type."""
    return source.list_objects(_SECRETS, name=grant_name(target_name))


def is_grant(secret: Object) -> bool:
    """Whether a Secret is a grant: its type can't be changed, and anybody may take a label away."""
    return secret.get("type") == _TYPE


def is_alive(existing: Object) -> bool:
    """Whether tokens that are bound to a grant can be valid: it is not being deleted."""
    return not existing["metadata"].get("deletionTimestamp")


def delete(source: Cluster, existing: Object) -> None:
    """The grant is gone at once, finalizers or not; API servers notice within 10 seconds."""
    if existing["metadata"].get("finalizers"):
        source.merge(existing, {"metadata": {"finalizers": None}})
    source.delete(existing)
