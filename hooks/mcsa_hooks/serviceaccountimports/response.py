"""The answers of the sync hook: the desired Secret, the status and the next try."""

import math
from datetime import UTC, datetime

from mcsa_core.access import Access
from mcsa_core.token import Claims, claims
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports import child
from mcsa_hooks.serviceaccountimports.reasons import NotReadyError, account
from mcsa_hooks.serviceaccountimports.request import Import, Observed
from mcsa_hooks.serviceaccountimports.token_grant import recheck_after, renew_at

_MIN_BACKOFF = 5
_MAX_BACKOFF = 300


def ready(
    observed: Observed, access: Access, token: Claims, *, source_now: float, now: float
) -> Object:
    """All is well: the Secret that gives `access`, whose token claims `token`.

    `source_now` is the source's clock, which its tokens go by, `now` the local one.
    """
    imported = observed.imported
    next_renewal = renew_at(token, imported) - source_now
    return {
        "status": {
            "conditions": [
                _condition(imported, "True", "TokenIssued", _good_news(observed, token), now)
            ],
            "secrets": [{"name": imported.secret_name}],
            "expirationTimestamp": _time(token.expires_at),
        },
        "children": [child.desired(imported, access)],
        "resyncAfterSeconds": max(1, math.ceil(min(next_renewal, recheck_after(imported)))),
    }


def not_ready(observed: Observed, problem: NotReadyError, now: float) -> Object:
    """Something is the matter: the Secret as it is observed, or none; `now` is the local clock."""
    imported = observed.imported
    kept = child.owned(observed) if problem.keep else None
    token = claims(child.held_token(kept) or "")
    status: Object = {
        "conditions": [_condition(imported, "False", problem.reason, problem.message, now)],
        "secrets": [{"name": imported.secret_name}] if kept else [],
    }
    if token:
        status["expirationTimestamp"] = _time(token.expires_at)
    answer: Object = {
        "status": status,
        "children": [child.as_observed(imported, kept)] if kept else [],
    }
    if problem.retry:
        answer["resyncAfterSeconds"] = max(_backoff(imported.ready, now), problem.after)
    return answer


def _good_news(observed: Observed, token: Claims) -> str:
    imported = observed.imported
    message = f"Secret {imported.secret_name} holds a token of {account(imported)}."
    granted = token.expires_at - token.issued_at
    if granted < imported.expiration:
        message += f" It is valid for {granted} s of the {imported.expiration} s asked for."
    if child.has_copy(observed.secret):
        message += (
            " Metacontroller keeps a copy of the token in an annotation of the Secret: run it with"
            " --apply-strategy=server-side-apply, then delete the Secret."
        )
    return message


def _condition(imported: Import, status: str, reason: str, message: str, now: float) -> Object:
    same = imported.ready.get("status") == status
    return {
        "type": "Ready",
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": (same and imported.ready.get("lastTransitionTime")) or _time(now),
    }


def _backoff(condition: Object, now: float) -> int:
    """About the time since the condition turned False, which doubles it at each try."""
    if condition.get("status") != "False":
        return _MIN_BACKOFF
    try:
        since = datetime.fromisoformat(condition["lastTransitionTime"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return _MIN_BACKOFF
    return math.ceil(min(max(now - since, _MIN_BACKOFF), _MAX_BACKOFF))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
