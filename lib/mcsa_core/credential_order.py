"""Which Secrets can hold a cluster's credential, how each is read, and in which order to try them.

The hooks call a cluster with the first credential; `kubemcsa status` judges the same one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from mcsa_core import secret as secrets
from mcsa_core.access import Access
from mcsa_core.endpoint import AccessError
from mcsa_core.names import SYSTEM_NAMESPACE, is_grant_name, secret_name
from mcsa_core.token import claims

CLOCK_LEEWAY = 900
"""Seconds by which the clocks of two clusters may differ."""


@dataclass(frozen=True)
class Credential:
    """An access to a cluster; times are Unix seconds, 0 or infinity if the token has none."""

    access: Access
    issued_at: float
    expires_at: float
    key_id: str | None = None
    """The `kid` of the key with which the cluster has signed the token."""
    grant: str | None = None
    """The Secret to which tokens that it requests are bound (`boundObjectRef`), if to any."""


def secret_names(cluster: str) -> tuple[str, str]:
    """The names of the two Secrets of the system namespace that can hold a credential.

    The first is made when the cluster is registered (`kubemcsa bootstrap`, or by hand), the second
    is the child of the import that renews the first.
    """
    return cluster, secret_name(SYSTEM_NAMESPACE, cluster)


def read(secret: dict[str, Any]) -> Credential:
    """The credential that a Secret holds; AccessError says why it can't be used."""
    if secret.get("type") != "Opaque":
        raise AccessError("its type is not Opaque")
    credential = _dated(secrets.access(secret))
    # A token that never expires has no claim that names the grant; its Secret has a key.
    grant = None if credential.grant else secrets.value(secret, "grant")
    if grant is None:
        return credential
    if not is_grant_name(grant):
        raise AccessError("grant is not the name of a grant")
    return replace(credential, grant=grant)


def in_order(credentials: Iterable[Credential], now: float) -> tuple[Credential, ...]:
    """The credentials to try at the local time `now`; first the credential issued last.

    The cluster's clock may differ from the local one: a credential that expired less than
    CLOCK_LEEWAY ago stays, as the last to try. A credential issued in the future counts as the
    oldest: otherwise it would stand before all that are issued later.
    """
    candidates = [
        replace(credential, issued_at=0)
        if credential.issued_at > now + CLOCK_LEEWAY
        else credential
        for credential in credentials
        if now < credential.expires_at + CLOCK_LEEWAY
    ]
    return tuple(sorted(candidates, key=lambda c: (now < c.expires_at, c.issued_at), reverse=True))


@lru_cache(maxsize=2048)
def _dated(access: Access) -> Credential:
    token = claims(access.token)
    if token is None:
        return Credential(access, issued_at=0, expires_at=float("inf"))
    grant = token.secret_name if is_grant_name(token.secret_name or "") else None
    return Credential(access, token.issued_at, token.expires_at, token.key_id, grant)
