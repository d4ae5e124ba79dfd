"""The answer to a sync request, in Metacontroller's form (hook version v2)."""

from datetime import UTC, datetime

from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports.outcome import Outcome


def render(outcome: Outcome, now: float) -> Object:
    """The JSON object; `now` is the local clock, Unix seconds."""
    sai = outcome.request.sai
    status: Object = {
        "conditions": [_ready(outcome, now)],
        # kubectl's columns can't join two fields of the spec.
        "serviceAccount": f"{sai.account_namespace}/{sai.account_name}",
        "secrets": [{"name": secret["metadata"]["name"]} for secret in outcome.secrets],
    }
    if outcome.token:
        status["expirationTimestamp"] = _time(outcome.token.expires_at)
        if outcome.token.credential_id:
            status["credentialID"] = outcome.token.credential_id
    answer: Object = {"status": status, "children": list(outcome.secrets)}
    if outcome.resync_after is not None:
        answer["resyncAfterSeconds"] = outcome.resync_after
    return answer


def _ready(outcome: Outcome, now: float) -> Object:
    status, before = str(outcome.is_ready), outcome.request.sai.ready
    since = before.get("lastTransitionTime") if before.get("status") == status else None
    return {
        "type": "Ready",
        "status": status,
        "reason": outcome.reason,
        "message": outcome.message,
        "lastTransitionTime": since or _time(now),
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
