"""Ending all tokens of a target in its source, and waiting until the source refuses them."""

import time
from dataclasses import dataclass, field

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.cluster_endpoint import endpoint
from kubemcsa.api.connect_as import connect_as
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.api.token_request import request_token
from kubemcsa.errors import ClusterError, InputError
from kubemcsa.output.progress import say
from mcsa_core.access import Access
from mcsa_core.names import SYSTEM_NAMESPACE, grant_name
from mcsa_core.token import MIN_EXPIRATION

CACHE_SECONDS = 10
"""For how long an API server goes on to accept a token that it has accepted before."""
_LIMIT_SECONDS = 90
_POLL_SECONDS = 0.5
_REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


@dataclass(frozen=True)
class Probe:
    """A token of a target's identity, by which to see when the source refuses tokens."""

    target_name: str
    is_limited: bool
    """Whether the target has grants, to which its tokens are bound."""
    source: Cluster = field(repr=False)
    """The source, called with that token."""


def request_probe(source: Cluster, target_name: str, revocable: list[Object]) -> Probe | None:
    """A probe, requested with the administrator's rights before the objects are deleted.

    None if there is no identity any more, or if the source grants no token, which is said.
    """
    metadata = [body["metadata"] for body in revocable if body["kind"] == "Secret"]
    name = grant_name(target_name)
    namespaces = [secret["namespace"] for secret in metadata if secret["name"] == name]
    grant = name if SYSTEM_NAMESPACE in namespaces else None
    if not any(body["kind"] == "ServiceAccount" for body in revocable):
        return None
    try:
        source_endpoint = endpoint(source)
        granted = request_token(source, SYSTEM_NAMESPACE, target_name, MIN_EXPIRATION, grant)
    except (ClusterError, InputError) as error:
        say(
            source.context,
            f"tokens of {target_name} end about {CACHE_SECONDS} seconds after the deletion; this"
            f" will not be checked: {error}",
        )
        return None
    access = Access(source_endpoint, granted.token, SYSTEM_NAMESPACE)
    return Probe(target_name, bool(namespaces), connect_as(source.context, access))


def delete(source: Cluster, body: Object) -> None:
    """Delete an object, finalizers or not: tokens live 60 s longer while a finalizer keeps it."""
    source.delete(body)
    metadata = (source.get(object_path(body)) or {}).get("metadata") or {}
    if metadata.get("uid") == body["metadata"]["uid"] and metadata.get("finalizers"):
        source.merge(body, {"metadata": {"finalizers": None}})


def await_refusal(probe: Probe, deleted_at: float) -> int:
    """Seconds from `deleted_at` (time.monotonic) until the source refuses all tokens.

    ClusterError if it does not within 90 s. That it refuses the probe is not enough: it may have
    accepted a stolen token just before the deletion, and remember that.
    """
    while True:
        failure = _failure(probe)
        seconds = time.monotonic() - deleted_at
        if failure is not None and failure.status == 401 and seconds >= CACHE_SECONDS:
            return round(seconds)
        if seconds > _LIMIT_SECONDS:
            break
        time.sleep(_POLL_SECONDS)
    if failure and failure.status is None:
        raise failure
    raise ClusterError(
        f"cluster {probe.source.context}: {_LIMIT_SECONDS} seconds after the deletion it still"
        f" accepts tokens of {probe.target_name}: run the same command again."
    )


def _failure(probe: Probe) -> ClusterError | None:
    """What the source says against the probe's token; None if it answers the review."""
    try:
        probe.source.create(_REVIEWS, _REVIEW)
    except ClusterError as error:
        return error
    return None
