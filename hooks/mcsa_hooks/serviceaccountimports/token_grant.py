"""Which token an import can keep, and until when; all times are the source's own, Unix seconds."""

import hashlib

from mcsa_core.credentials import CLOCK_LEEWAY, Credential
from mcsa_core.token import Claims, claims, service_account
from mcsa_hooks.serviceaccountimports.request import MIN_EXPIRATION, Import

_RENEW_AFTER = 2 / 3
_JITTER = 0.1
_RECHECK = 300


def kept(
    token: str | None, imported: Import, account_uid: str, credential: Credential, source_now: float
) -> Claims | None:
    """The claims of `token` if the import can go on with it, else None.

    It can while the token is that of the imported account, good for the audiences asked for, as
    long-lived as API servers grant at least, not due for renewal, and signed by a key that the
    source has not replaced since, as far as the credential that it accepts can tell.
    """
    known = claims(token or "")
    if known is None:
        return None
    subject = service_account(imported.account_namespace, imported.account_name)
    right = (
        (known.subject, known.uid) == (subject, account_uid)
        and known.audiences.issuperset(imported.audiences)
        and known.expires_at - known.issued_at >= MIN_EXPIRATION
        and not is_due(known, imported, source_now)
        and not _former_key(known, credential)
    )
    return known if right else None


def _former_key(known: Claims, credential: Credential) -> bool:
    # Only a later credential can tell: a token that is renewed for it must not be renewed again.
    if None in (known.key_id, credential.key_id) or credential.issued_at <= known.issued_at:
        return False
    return known.key_id != credential.key_id


def is_due(claims: Claims, imported: Import, now: float) -> bool:
    """Whether a token is to be replaced: it is old enough, or claims to be of the future."""
    return now >= renew_at(claims, imported) or claims.issued_at > now + CLOCK_LEEWAY


def renew_at(claims: Claims, imported: Import) -> float:
    """When to renew: at 2/3 of the token's life, or up to a tenth of it earlier.

    Its life is what was asked for or what was granted, whichever is shorter.
    """
    life = min(imported.expiration, claims.expires_at - claims.issued_at)
    return claims.issued_at + life * (_RENEW_AFTER - _JITTER * spread(imported.uid))


def recheck_after(imported: Import) -> float:
    """Seconds after which to look at the source again: about 5 minutes, spread by 20 %."""
    return _RECHECK * (0.8 + 0.4 * spread(imported.uid))


def spread(uid: str) -> float:
    """A number in [0, 1) that is always the same for `uid` and evenly spread over many."""
    return int.from_bytes(hashlib.sha256(uid.encode()).digest()[:4]) / 2**32
