"""How long a cluster's credentials last, with and without the hooks that renew them."""

import math
from collections.abc import Sequence

from mcsa_core.credential_order import Credential

RENEWED_AFTER = 1 / 5
"""The part of a credential's life after which the hooks renew it."""
_OVERDUE = 2 / 5
NEVER = math.inf


def is_overdue(credential: Credential, now: float) -> bool:
    """Whether the hooks should have renewed the credential long ago."""
    # in_order sets a time of issue that is in the future to 0: the age is not known.
    return credential.issued_at > 0 and now >= _at(credential, _OVERDUE)


def outage_seconds(credentials: Sequence[Credential], now: float, *, renewed: bool) -> float:
    """How long an outage of the hooks the credentials survive; NEVER if no outage is too long.

    Of all outages that begin before the first of the credentials is renewed next, that which
    begins last counts. Without renewal it is one that begins now. 0 without credentials.
    """
    ends = max((credential.expires_at for credential in credentials), default=now)
    begins = now
    if credentials and renewed and credentials[0].issued_at and credentials[0].expires_at != NEVER:
        begins = max(now, _at(credentials[0], RENEWED_AFTER))
    return max(ends - begins, 0)


def shown(seconds: float) -> str:
    """Days, hours or minutes, rounded down: `24d`."""
    if seconds == NEVER:
        return "any"
    minutes = int(seconds // 60)
    days, hours = minutes // 1440, minutes // 60
    return f"{days}d" if days >= 2 else f"{hours}h" if hours >= 2 else f"{minutes}m"


def _at(credential: Credential, part: float) -> float:
    """When that part of the credential's life is over."""
    return credential.issued_at + part * (credential.expires_at - credential.issued_at)
