"""Which Secrets can hold a cluster's credential, how each is read, and in which order they count.

The hooks call a cluster with the first credential; `kubemcsa status` tells of the same one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from mcsa_core import secret as secrets
from mcsa_core.access import Access
from mcsa_core.endpoint import AccessError
from mcsa_core.names import SYSTEM_NAMESPACE, secret_name
from mcsa_core.token import claims

CLOCK_LEEWAY = 900
"""Seconds that clocks may differ by."""


@dataclass(frozen=True)
class Credential:
    """An access to a cluster; times are Unix seconds, 0 or infinity if unknown."""

    access: Access
    issued_at: float
    expires_at: float
    key_id: str | None = None
    """Which key of the cluster has signed the token."""


def secret_names(cluster: str) -> tuple[str, str]:
    """The names of the two Secrets of the system namespace that can hold a credential.

    The first is put there by whoever registers the cluster, the second is the child of the import
    that renews the first.
    """
    return cluster, secret_name(SYSTEM_NAMESPACE, cluster)


def read(secret: dict[str, Any]) -> Credential:
    """The credential that a Secret holds; AccessError says why it can't be used."""
    if secret.get("type") != "Opaque":
        raise AccessError("its type is not Opaque")
    return _dated(secrets.access(secret))


def in_order(credentials: Iterable[Credential], now: float) -> tuple[Credential, ...]:
    """The credentials worth trying at the local time `now`, that issued last first.

    The clock of their cluster may differ: one that seems to have expired a moment ago is tried all
    the same, but last. One issued in the future counts as the oldest, since its cluster would have
    set it above all later ones for good.
    """
    dated = [
        replace(credential, issued_at=0)
        if credential.issued_at > now + CLOCK_LEEWAY
        else credential
        for credential in credentials
        if now < credential.expires_at + CLOCK_LEEWAY
    ]
    return tuple(sorted(dated, key=lambda c: (now < c.expires_at, c.issued_at), reverse=True))


@lru_cache(maxsize=2048)
def _dated(access: Access) -> Credential:
    token = claims(access.token)
    if token is None:
        return Credential(access, issued_at=0, expires_at=float("inf"))
    return Credential(access, token.issued_at, token.expires_at, token.key_id)
