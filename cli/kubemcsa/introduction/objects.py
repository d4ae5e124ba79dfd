"""The objects that introduce a source cluster to a target cluster."""

from typing import Any

from kubemcsa.api.object_paths import Object
from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.names import API_VERSION, KIND, SYSTEM_NAMESPACE

MANAGED_BY = {"app.kubernetes.io/managed-by": "kubemcsa"}
RBAC = "rbac.authorization.k8s.io"


def namespace() -> Object:
    """The namespace of the identities, in the source, and of the credentials, in the target."""
    return new("v1", "Namespace", SYSTEM_NAMESPACE)


def service_account(target_name: str) -> Object:
    """The identity of the credential, in the source."""
    return new("v1", "ServiceAccount", target_name, SYSTEM_NAMESPACE)


def credential(source_name: str, access: Access) -> Object:
    """The Secret that registers the source, in the target."""
    data = secret.data(source_name, access)
    return new("v1", "Secret", source_name, SYSTEM_NAMESPACE, type="Opaque", data=data)


def renewal(source_name: str, target_name: str, seconds: int) -> Object:
    """The import, in the target, whose Secret is the renewed credential."""
    spec = {
        "clusterName": source_name,
        "namespace": SYSTEM_NAMESPACE,
        "name": target_name,
        "expirationSeconds": seconds,
    }
    return new(API_VERSION, KIND, source_name, SYSTEM_NAMESPACE, spec=spec)


def is_ours(found: Object) -> bool:
    """Whether kubemcsa made an object."""
    labels = found["metadata"].get("labels") or {}
    return MANAGED_BY.items() <= labels.items()


def title(one: Object) -> str:
    """An object in the words of kubectl; its namespace is said where it is not the obvious one."""
    metadata = one["metadata"]
    where = metadata.get("namespace", SYSTEM_NAMESPACE)
    named = f"{one['kind'].lower()}/{metadata['name']}"
    return named if where == SYSTEM_NAMESPACE else f"{named} in namespace {where}"


def new(version: str, kind: str, name: str, namespace: str | None = None, **rest: Any) -> Object:
    """An object of ours."""
    metadata: Object = {"name": name, "labels": MANAGED_BY}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}
