"""What a sync comes to: all that the response, the metrics and the log read."""

import math
from dataclasses import dataclass, field
from datetime import datetime

from mcsa_core.names import Reason
from mcsa_core.token import Claims
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports import child, other_secrets
from mcsa_hooks.serviceaccountimports.not_ready import NotReadyError
from mcsa_hooks.serviceaccountimports.reasons import account_of
from mcsa_hooks.serviceaccountimports.request import SyncRequest
from mcsa_hooks.serviceaccountimports.token_renewal import GoodToken, recheck_after, renew_at

_MIN_BACKOFF = 5
_MAX_BACKOFF = 300


@dataclass(frozen=True)
class Outcome:
    """A sync's decision; times are Unix seconds."""

    request: SyncRequest
    reason: Reason
    message: str
    secrets: tuple[Object, ...] = field(repr=False)
    """As they should be, the import's own first; an absent one is deleted."""
    token: Claims | None
    """The claims of the token that they hold."""
    resync_after: int | None
    """Seconds; None: only when an object changes."""
    observed: Claims | None
    """Of the token that the import's Secret holds until it is written anew."""

    @property
    def is_ready(self) -> bool:
        """Whether the condition Ready is True."""
        return self.reason is Reason.TOKEN_ISSUED

    @property
    def is_change(self) -> bool:
        """Whether the import's own Secret is to hold other data than it does."""
        name, observed = self.request.sai.secret_name, self.request.secret or {}
        own = [secret["data"] for secret in self.secrets if secret["metadata"]["name"] == name]
        return own != [observed.get("data")]


def ready(request: SyncRequest, observed: Claims | None, token: GoodToken) -> Outcome:
    """The import has a good token; `observed` are the claims of the one that its Secret holds.

    It is not Ready where another Secret than its own can't be written; the others are all the same.
    """
    sai = request.sai
    next_renewal = renew_at(token.claims, sai) - token.source_now
    secrets, problem = other_secrets.desired(request, token.access)
    return Outcome(
        request,
        problem.reason if problem else Reason.TOKEN_ISSUED,
        problem.message if problem else _ready_message(request, token.claims),
        (child.desired(sai, token.access), *secrets),
        token.claims,
        token.replace_after or max(1, math.ceil(min(next_renewal, recheck_after(sai)))),
        observed,
    )


def not_ready(
    request: SyncRequest, observed: Claims | None, error: NotReadyError, now: float
) -> Outcome:
    """The Secrets stay as they are observed, or go; `now` is the local clock."""
    secret = child.owned(request) if error.keep else None
    own = (child.as_observed(request.sai, secret),) if secret else ()
    others = other_secrets.as_observed(request) if error.keep else ()
    return Outcome(
        request,
        error.reason,
        error.message,
        (*own, *others),
        observed if secret else None,
        max(_backoff(request.sai.ready, now), error.after) if error.retry else None,
        observed,
    )


def _ready_message(request: SyncRequest, token: Claims) -> str:
    sai = request.sai
    names = ", ".join((sai.secret_name, *(template.name for template in sai.templates)))
    holder = f"Secrets {names} hold" if sai.templates else f"Secret {names} holds"
    message = f"{holder} a token of {account_of(sai)}."
    granted = token.expires_at - token.issued_at
    if granted < sai.expiration:
        message += f" It is valid for {granted} s of the {sai.expiration} s asked for."
    if child.has_copy(request.secret):
        message += (
            " Metacontroller keeps a copy of the token in an annotation of the Secret: run it with"
            " --apply-strategy=server-side-apply, then delete the Secret."
        )
    return message


def _backoff(condition: Object, now: float) -> int:
    """Seconds since the condition turned False, which doubles at each try, within bounds."""
    if condition.get("status") != "False":
        return _MIN_BACKOFF
    try:
        since = datetime.fromisoformat(condition["lastTransitionTime"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return _MIN_BACKOFF
    return math.ceil(min(max(now - since, _MIN_BACKOFF), _MAX_BACKOFF))
