"""The sync hook: what an import should have, given what is observed in both clusters."""

from dataclasses import replace

from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import Claims, claims, token_request
from mcsa_hooks.remote.reply import Call
from mcsa_hooks.serviceaccountimports import child, outcome, reasons, source_reply
from mcsa_hooks.serviceaccountimports.credential_attempts import get_account
from mcsa_hooks.serviceaccountimports.outcome import Outcome
from mcsa_hooks.serviceaccountimports.reasons import NotReadyError
from mcsa_hooks.serviceaccountimports.request import SyncRequest
from mcsa_hooks.serviceaccountimports.token_renewal import check_audiences, is_kept


def sync(request: SyncRequest, now: float, call: Call) -> Outcome:
    """The decision; `now` is the local clock, `call` calls the source.

    In the steady state that is one call, with a token to renew two, and one more where the first
    credential is refused.
    """
    token = child.token(child.owned(request))
    observed = claims(token or "")
    try:
        _check(request)
        return _ready(request, token, observed, now, call)
    except NotReadyError as error:
        return outcome.not_ready(request, observed, error, now)


def _check(request: SyncRequest) -> None:
    sai, secret = request.sai, request.secret
    if sai.account_namespace == SYSTEM_NAMESPACE != sai.namespace:
        raise reasons.not_allowed()
    if secret is None:
        return
    # With server-side apply Metacontroller would take over a Secret that the import does not
    # control, and would fail on one of another type or an immutable one.
    foreign = child.owned(request) is None
    if foreign or secret.get("type") != "Opaque" or secret.get("immutable"):
        raise reasons.secret_conflict(sai)


def _ready(
    request: SyncRequest, token: str | None, observed: Claims | None, now: float, call: Call
) -> Outcome:
    sai, known = request.sai, observed
    credential, reply = get_account(request, now, call)
    uid = source_reply.account_uid(sai, reply)
    source_now = source_reply.clock(reply, now)
    if not (token and known and is_kept(known, sai, uid, credential, source_now)):
        check_audiences(sai)
        path = f"{source_reply.account_path(sai)}/token"
        body = token_request(sai.expiration, sai.audiences)
        reply = call(credential.access, "POST", path, body)
        token = source_reply.granted_token(sai, reply)
        source_now, known = source_reply.clock(reply, now), claims(token)
        # A token that the next sync would not keep would be renewed by each.
        if not (known and is_kept(known, sai, uid, credential, source_now)):
            raise reasons.unreachable(sai.cluster, "grants a token that is not the one asked for")
    access = replace(credential.access, token=token, namespace=sai.account_namespace)
    return outcome.ready(request, observed, access, known, source_now)
