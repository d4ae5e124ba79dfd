"""Which token an import can keep, and until when.

All times are the source's own, Unix seconds.
"""

import hashlib
import re

from mcsa_core.credential_order import CLOCK_LEEWAY, Credential
from mcsa_core.token import Claims, service_account
from mcsa_hooks.serviceaccountimports import reasons
from mcsa_hooks.serviceaccountimports.request import MIN_EXPIRATION, ServiceAccountImport

_RENEW_AFTER = 2 / 3
_JITTER = 0.1
_RECHECK_SECONDS = 300
# A token of 16 KiB has room for 12 KiB of claims, of which the other claims take less than 4.
_MAX_AUDIENCES = 8 * 1024
_ESCAPED = re.compile(r"[^!#-%'-;=?-\[\]-~]")


def is_kept(
    token: Claims | None,
    sai: ServiceAccountImport,
    account_uid: str,
    credential: Credential,
    source_now: float,
) -> bool:
    """Whether the import can go on with a token that claims `token`.

    It can while the token is that of the imported account, good for the audiences asked for, as
    long-lived as API servers grant at least, not due for renewal, and signed by a key that the
    source has not replaced since, as far as the credential that it accepts can tell.
    """
    if token is None:
        return False
    subject = service_account(sai.account_namespace, sai.account_name)
    return (
        (token.subject, token.uid) == (subject, account_uid)
        and token.audiences.issuperset(sai.audiences)
        and token.expires_at - token.issued_at >= MIN_EXPIRATION
        and not is_due(token, sai, source_now)
        and not _is_signed_by_former_key(token, credential)
    )


def _is_signed_by_former_key(token: Claims, credential: Credential) -> bool:
    # Only a credential that is younger than the token tells: else each sync would renew it.
    if None in (token.key_id, credential.key_id) or credential.issued_at <= token.issued_at:
        return False
    return token.key_id != credential.key_id


def is_due(token: Claims, sai: ServiceAccountImport, now: float) -> bool:
    """Whether a token is to be renewed: it is old enough, or was issued in the future."""
    return now >= renew_at(token, sai) or token.issued_at > now + CLOCK_LEEWAY


def renew_at(token: Claims, sai: ServiceAccountImport) -> float:
    """When to renew: at 2/3 of the token's life, or up to a tenth of it earlier.

    Its life is what was asked for or what was granted, whichever is shorter.
    """
    life = min(sai.expiration, token.expires_at - token.issued_at)
    return token.issued_at + life * (_RENEW_AFTER - _JITTER * spread(sai.uid))


def recheck_after(sai: ServiceAccountImport) -> float:
    """Seconds after which to ask the source again: about 5 minutes, spread by 20 %."""
    return _RECHECK_SECONDS * (0.8 + 0.4 * spread(sai.uid))


def spread(uid: str) -> float:
    """A number in [0, 1) that is always the same for `uid` and evenly spread over many."""
    return int.from_bytes(hashlib.sha256(uid.encode()).digest()[:4]) / 2**32


def check_audiences(sai: ServiceAccountImport) -> None:
    """NotReadyError if a token with the import's audiences would be longer than 16 KiB."""
    # Go's JSON escapes a character with up to 6 bytes; old CRDs allowed all characters.
    size = sum(len(text) + 5 * len(_ESCAPED.findall(text)) for text in sai.audiences)
    if size > _MAX_AUDIENCES:
        raise reasons.audiences_too_long(sai)
