"""Which credentials to call a source cluster with, and in which order."""

from dataclasses import dataclass, replace
from functools import lru_cache

from mcsa_core import secret
from mcsa_core.access import Access, AccessError
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import claims
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports.reasons import NotReadyError, bootstrap_again
from mcsa_hooks.serviceaccountimports.request import Observed

CLOCK_LEEWAY = 900
"""Seconds that clocks may differ by."""


@dataclass(frozen=True)
class Credential:
    """An access to the source cluster; times are Unix seconds, 0 or infinity if unknown."""

    access: Access
    issued_at: float
    expires_at: float
    key_id: str | None = None
    """Which key of the source has signed it."""


def usable(observed: Observed, now: float) -> tuple[Credential, ...]:
    """The credentials worth trying, the one issued last first; NotReadyError if there are none.

    The local clock `now` may differ from the source's: one that seems to have expired a moment
    ago is tried all the same, but last. One issued in the future counts as the oldest.
    """
    cluster = observed.imported.cluster
    if not observed.credentials:
        raise NotReadyError(
            "ClusterNotBootstrapped",
            f"Cluster {cluster} has no credential here: {bootstrap_again(cluster)}, or create"
            f" Secret {SYSTEM_NAMESPACE}/{cluster}.",
            retry=False,
        )
    found, refusals = [], []
    for candidate in observed.credentials:
        try:
            found.append(_dated(_credential(candidate), now))
        except AccessError as refusal:
            refusals.append(
                f"The credential for cluster {cluster} in Secret"
                f" {SYSTEM_NAMESPACE}/{candidate['metadata']['name']} can't be used: {refusal}."
            )
    alive = [credential for credential in found if now < credential.expires_at + CLOCK_LEEWAY]
    if alive:
        order = sorted(alive, key=lambda c: (now < c.expires_at, c.issued_at), reverse=True)
        return tuple(order)
    if found:
        raise expired(cluster)
    raise NotReadyError("CredentialInvalid", refusals[0])


def expired(cluster: str) -> NotReadyError:
    """The credential has expired; nothing but a new one helps."""
    return NotReadyError(
        "CredentialExpired",
        f"The credential for cluster {cluster} has expired: {bootstrap_again(cluster)}.",
        retry=False,
    )


def _credential(candidate: Object) -> Credential:
    if candidate.get("type") != "Opaque":
        raise AccessError("its type is not Opaque")
    return _of(secret.access(candidate))


def _dated(credential: Credential, now: float) -> Credential:
    # Its source would have set it above all later ones for good.
    future = credential.issued_at > now + CLOCK_LEEWAY
    return replace(credential, issued_at=0) if future else credential


@lru_cache(maxsize=2048)
def _of(access: Access) -> Credential:
    known = claims(access.token)
    if known is None:
        return Credential(access, issued_at=0, expires_at=float("inf"))
    return Credential(access, known.issued_at, known.expires_at, known.key_id)
