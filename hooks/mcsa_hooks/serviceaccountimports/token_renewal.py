"""Which token an import can keep, and until when.

All times are the source's own, Unix seconds.
"""

import hashlib
from typing import NamedTuple

from mcsa_core.access import Access
from mcsa_core.credential_order import CLOCK_LEEWAY, Credential
from mcsa_core.token import MIN_EXPIRATION, Claims, service_account
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport

_RENEW_AFTER = 2 / 3
_JITTER = 0.1
# A credential of 24 h, all that some clouds grant, then survives 19 h without hooks.
_RENEW_CREDENTIAL_AFTER = 1 / 5
_CREDENTIAL_JITTER = 0.03
MIN_AGE = 30
"""Seconds before which no token is replaced, nor requested again where the last one was useless.

A source that refuses what it has granted would have a token requested at each sync.
"""
_MIN_AGE_OF_SAME = 300
_RECHECK_SECONDS = 300


class GoodToken(NamedTuple):
    """A token that the source has granted or accepted in this sync."""

    access: Access
    claims: Claims
    source_now: float
    replace_after: int | None = None
    """Seconds after which to replace it, where it is kept only because it is fresh."""


def is_right(token: Claims, sai: ServiceAccountImport) -> bool:
    """Whether a token can be the one that the import asks for.

    It is of the imported account, for the audiences asked for, and as long-lived as API servers
    grant at least.
    """
    return (
        token.subject == service_account(sai.account_namespace, sai.account_name)
        and token.audiences.issuperset(sai.audiences)
        and token.expires_at - token.issued_at >= MIN_EXPIRATION
    )


def is_bound(token: Claims, credential: Credential) -> bool:
    """Whether a token is bound to the credential's grant, if that has one."""
    return credential.grant in (None, token.secret_name)


def is_signed_by_former_key(token: Claims, credential: Credential) -> bool:
    """Whether the source has replaced its key since, as far as a credential that it accepts tells.

    Only a credential that is younger than the token tells: else each sync would renew the token.
    """
    if None in (token.key_id, credential.key_id) or credential.issued_at <= token.issued_at:
        return False
    return token.key_id != credential.key_id


def may_replace(refused: Claims, granted: Claims | None, source_now: float) -> bool:
    """Whether a token that the source refuses is old enough to be replaced, by `granted` if given.

    30 s; or 5 minutes where `granted` is of the same account and grant, by their uids: there the
    source refuses what it grants. One that was issued in the future is old enough.
    """
    uids = (refused.uid, refused.secret_uid)
    is_same = granted is not None and (granted.uid, granted.secret_uid) == uids
    age = source_now - refused.issued_at
    return age >= (_MIN_AGE_OF_SAME if is_same else MIN_AGE) or age < -CLOCK_LEEWAY


def is_due(token: Claims, sai: ServiceAccountImport, now: float) -> bool:
    """Whether a token is to be renewed: it is old enough, or was issued in the future."""
    return now >= renew_at(token, sai) or token.issued_at > now + CLOCK_LEEWAY


def is_young(token: Claims, now: float) -> bool:
    """Whether a token is younger than 5 minutes: too young to be replaced only to be bound."""
    return now - token.issued_at < _MIN_AGE_OF_SAME


def renew_at(token: Claims, sai: ServiceAccountImport) -> float:
    """When to renew: after 2/3 of the token's life, or 1/5 for a credential, less a jitter by uid.

    Its life is what was asked for or what was granted, whichever is shorter.
    """
    life = min(sai.expiration, token.expires_at - token.issued_at)
    after, jitter = _RENEW_AFTER, _JITTER
    if sai.renews_credential:
        after, jitter = _RENEW_CREDENTIAL_AFTER, _CREDENTIAL_JITTER
    return token.issued_at + life * (after - jitter * spread(sai.uid))


def recheck_after(sai: ServiceAccountImport) -> float:
    """Seconds after which to ask the source again: about 5 minutes, spread by 20 %."""
    return _RECHECK_SECONDS * (0.8 + 0.4 * spread(sai.uid))


def spread(uid: str) -> float:
    """A number in [0, 1) that is always the same for `uid` and evenly spread over many."""
    return int.from_bytes(hashlib.sha256(uid.encode()).digest()[:4]) / 2**32
