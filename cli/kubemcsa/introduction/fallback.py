"""The credential that never expires, for long outages of what renews credentials."""

import time

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.errors import ClusterError, InputError
from kubemcsa.introduction import cluster_names, objects
from mcsa_core import secret as secrets
from mcsa_core.names import LABEL_LENGTH, SYSTEM_NAMESPACE

_SUFFIX = "-never-expiring"
_TYPE = "kubernetes.io/service-account-token"
_ACCOUNT = "kubernetes.io/service-account.name"
_ACCOUNT_UID = "kubernetes.io/service-account.uid"
_SECONDS = 30
_INTERVAL = 0.2


def check(target_name: str) -> None:
    """InputError unless the fall-back of a target can have a name."""
    longest = LABEL_LENGTH - len(_SUFFIX)
    if len(target_name) > longest:
        raise InputError(
            f"--never-expiring-fallback takes a target's name of at most {longest} characters: add"
            f" --target-name {cluster_names.legal(target_name, longest)}, for example."
        )


def fallback(target_name: str) -> Object:
    """The Secret, in the source, whose token Kubernetes' token controller writes."""
    body = objects.secret(target_name + _SUFFIX) | {"type": _TYPE}
    return body | {"metadata": body["metadata"] | {"annotations": {_ACCOUNT: target_name}}}


def find(source: Cluster, target_name: str) -> Object | None:
    """The fall-back that an earlier run made, if any, and if the identity is still the same.

    The token controller deletes a Secret of an identity that was deleted or made anew.
    """
    existing = source.get(object_path(fallback(target_name)))
    if not existing or not is_fallback(existing, target_name):
        return None
    uid = existing["metadata"]["annotations"].get(_ACCOUNT_UID)
    account = source.get(object_path(objects.service_account(target_name)))
    is_current = account is not None and uid in (None, account["metadata"]["uid"])
    return existing if is_current else None


def is_fallback(secret: Object, target_name: str) -> bool:
    """Whether a Secret is a fall-back of the target that kubemcsa made."""
    annotations = secret["metadata"].get("annotations") or {}
    named = annotations.get(_ACCOUNT) == target_name
    return objects.is_ours(secret) and secret.get("type") == _TYPE and named


def await_token(source: Cluster, target_name: str) -> str:
    """The token, as soon as it is there; ClusterError if the source makes none in half a minute."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if token := secrets.value(find(source, target_name) or {}, "token"):
            return token
        time.sleep(_INTERVAL)
    raise ClusterError(
        f"context {source.context}: Secret {SYSTEM_NAMESPACE}/{target_name}{_SUFFIX} has no token"
        f" after {_SECONDS} s: see whether the cluster's kube-controller-manager runs, then run the"
        " same command again."
    )
