"""The sync hook: what an import should have, given what is observed in both clusters."""

from itertools import takewhile

from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import Claims, claims
from mcsa_hooks.remote.reply import Call
from mcsa_hooks.serviceaccountimports import child, held_token, outcome, reasons
from mcsa_hooks.serviceaccountimports.held_token import HeldToken
from mcsa_hooks.serviceaccountimports.not_ready import NotReadyError
from mcsa_hooks.serviceaccountimports.outcome import Outcome
from mcsa_hooks.serviceaccountimports.request import SyncRequest
from mcsa_hooks.serviceaccountimports.source_calls import SourceCalls
from mcsa_hooks.serviceaccountimports.token_renewal import (
    MIN_AGE,
    GoodToken,
    is_bound,
    is_due,
    is_young,
    may_replace,
)
from mcsa_hooks.serviceaccountimports.usable_credentials import usable

_REFUSES_GRANTED = "refuses the token that it has just granted"


def sync(request: SyncRequest, now: float, call: Call) -> Outcome:
    """The decision; `now` is the local clock, `call` calls the source.

    That is one call for a first token and in the steady state, two for a renewal, and one more
    where the first credential is refused.
    """
    observed = claims(child.token(child.owned(request)) or "")
    try:
        _check(request)
        return outcome.ready(request, observed, _good_token(request, observed, now, call))
    except NotReadyError as error:
        return outcome.not_ready(request, observed, error, now)


def _check(request: SyncRequest) -> None:
    sai, secret = request.sai, request.secret
    if sai.account_namespace == SYSTEM_NAMESPACE != sai.namespace:
        raise reasons.not_allowed()
    if not child.is_writable(sai, secret):
        raise reasons.secret_conflict(sai)


def _good_token(request: SyncRequest, observed: Claims | None, now: float, call: Call) -> GoodToken:
    """The token that the import's Secret is to hold: the one that it holds, or a new one."""
    credentials = usable(request, now)
    source = SourceCalls(request.sai, credentials, now, call)
    token = held_token.read(request, observed, credentials, now)
    if token is None:
        return source.grant(credentials)
    try:
        is_accepted, source_now = source.review(token)
    except NotReadyError as error:
        return _granted_elsewhere(source, token, error)
    if is_accepted:
        return _kept_or_renewed(source, token, source_now)
    return _replaced(source, token, source_now)


def _kept_or_renewed(source: SourceCalls, token: HeldToken, source_now: float) -> GoodToken:
    """The token, which the source accepts, or a new one where that is due."""
    preferred = tuple(takewhile(lambda c: not token.is_for(c), source.credentials))
    own = source.credentials[len(preferred)]
    is_renewal = is_due(token.claims, source.sai, source_now) or not (
        is_bound(token.claims, own) or is_young(token.claims, source_now)
    )
    kept = GoodToken(token.access, token.claims, source_now)
    if not (is_renewal or preferred):
        return kept
    if token.is_fresh:
        return kept._replace(replace_after=MIN_AGE)
    if is_renewal:
        return source.grant(source.credentials)
    # The credential that was issued last names another endpoint: go there if that grants a token.
    try:
        return source.grant(preferred)
    except NotReadyError as error:
        if error.keep:
            return kept
        raise


def _replaced(source: SourceCalls, token: HeldToken, source_now: float) -> GoodToken:
    """A new token instead of one that the source refuses and that is old enough."""
    cluster = source.sai.cluster
    if token.is_fresh or not may_replace(token.claims, None, source_now):
        raise reasons.unreachable(cluster, _REFUSES_GRANTED)
    granted = source.grant(source.credentials)
    if not may_replace(token.claims, granted.claims, granted.source_now):
        raise reasons.unreachable(cluster, _REFUSES_GRANTED, after=MIN_AGE)
    return granted


def _granted_elsewhere(source: SourceCalls, token: HeldToken, error: NotReadyError) -> GoodToken:
    """A new token of another endpoint than the one that gives no answer; or that `error`."""
    others = tuple(credential for credential in source.credentials if not token.is_for(credential))
    if not others or token.is_fresh or not error.keep:
        raise error
    try:
        return source.grant(others)
    except NotReadyError as other_error:
        # The answer to the first credential counts.
        raise (error if token.is_for(source.credentials[0]) else other_error) from None
