"""Tokens that an administrator requests of a cluster for one of its service accounts."""

from dataclasses import dataclass, field

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from mcsa_core.token import claims, token_request


@dataclass(frozen=True)
class Granted:
    """A token and how long it is good for."""

    token: str = field(repr=False)
    seconds: int
    expires: str
    """RFC 3339."""


def request_token(cluster: Cluster, namespace: str, name: str, seconds: int) -> Granted:
    """A token of the service account `namespace`/`name`; ClusterError if the cluster refuses."""
    made = cluster.create(
        f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token",
        token_request(seconds),
    )
    status = made.get("status") or {}
    known = claims(status.get("token") or "")
    if known is None:
        raise ClusterError(f"context {cluster.context}: the cluster grants no token that expires.")
    life = known.expires_at - known.issued_at
    return Granted(status["token"], life, status["expirationTimestamp"])
