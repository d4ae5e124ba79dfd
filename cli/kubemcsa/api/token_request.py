"""Tokens that an administrator requests for a service account, by the TokenRequest API."""

from dataclasses import dataclass, field

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from mcsa_core.token import claims, token_request


@dataclass(frozen=True)
class GrantedToken:
    """A token and how long it is valid."""

    token: str = field(repr=False)
    seconds: int
    """From when it was issued until it expires."""
    expires: str
    """RFC 3339."""


def request_token(
    cluster: Cluster, namespace: str, name: str, seconds: int, secret_name: str | None = None
) -> GrantedToken:
    """A token of the service account `namespace`/`name`; ClusterError if the cluster refuses.

    It is bound to the Secret `secret_name` of that namespace unless that is None.
    """
    reply = cluster.create(
        f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token",
        token_request(seconds, secret_name=secret_name),
    )
    status = reply.get("status") or {}
    token_claims = claims(status.get("token") or "")
    if token_claims is None:
        raise ClusterError(
            f"context {cluster.context}: {cluster.server} granted no token that expires, as"
            " Kubernetes does since 1.24: upgrade it, or see whether a proxy stands before it."
        )
    life = token_claims.expires_at - token_claims.issued_at
    return GrantedToken(status["token"], life, status["expirationTimestamp"])
