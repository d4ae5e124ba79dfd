"""The objects that introduce a source cluster to a target cluster."""

import base64
from typing import Any

from kubemcsa.api.object_paths import Object
from kubemcsa.introduction.scope import Scope
from mcsa_core import secret as secrets
from mcsa_core.access import Access
from mcsa_core.names import API_VERSION, KIND, SCOPE, SYSTEM_NAMESPACE

MANAGED_BY = {"app.kubernetes.io/managed-by": "kubemcsa"}
# All annotations of an object have 256 KiB at most, a pattern 317 bytes.
_SHOWN = 500


def namespace() -> Object:
    """The namespace of the identities, in the source, and of the credentials, in the target."""
    return new("v1", "Namespace", SYSTEM_NAMESPACE)


def service_account(target_name: str) -> Object:
    """The identity of the credential, in the source."""
    return new("v1", "ServiceAccount", target_name, SYSTEM_NAMESPACE)


def credential(source_name: str, access: Access, grant: str | None = None) -> Object:
    """The Secret that registers the source, in the target; `grant` if its token has no claims."""
    data = secrets.data(source_name, access)
    if grant:
        data["grant"] = base64.b64encode(grant.encode()).decode()
    return secret(source_name) | {"type": "Opaque", "data": data}


def secret(name: str) -> Object:
    """A Secret of the system namespace, without content."""
    return new("v1", "Secret", name, SYSTEM_NAMESPACE)


def renewal(source_name: str, target_name: str, seconds: int, scope: Scope) -> Object:
    """The import, in the target, whose Secret is the renewed credential; it says the scope."""
    patterns = scope.patterns()
    more = ["..."] if len(patterns) > _SHOWN else []
    spec = {
        "clusterName": source_name,
        "namespace": SYSTEM_NAMESPACE,
        "name": target_name,
        "expirationSeconds": seconds,
    }
    body = new(API_VERSION, KIND, source_name, SYSTEM_NAMESPACE, spec=spec)
    body["metadata"]["annotations"] = {SCOPE: ",".join(patterns[:_SHOWN] + more)}
    return body


def is_ours(body: Object) -> bool:
    """Whether kubemcsa made an object."""
    labels = body["metadata"].get("labels") or {}
    return MANAGED_BY.items() <= labels.items()


def title(body: Object) -> str:
    """KIND/NAME, as kubectl writes it, and the namespace unless it is the system namespace."""
    metadata = body["metadata"]
    namespace_name = metadata.get("namespace", SYSTEM_NAMESPACE)
    kind_and_name = f"{body['kind'].lower()}/{metadata['name']}"
    if namespace_name == SYSTEM_NAMESPACE:
        return kind_and_name
    return f"{kind_and_name} in namespace {namespace_name}"


def new(version: str, kind: str, name: str, namespace: str | None = None, **fields: Any) -> Object:
    """An object with the label of kubemcsa; `fields` are those beside its metadata."""
    metadata: Object = {"name": name, "labels": MANAGED_BY}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}
