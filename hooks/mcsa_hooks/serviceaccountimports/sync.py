"""The sync hook: what an import should have, given what is observed in both clusters."""

import re
from dataclasses import replace

from mcsa_core.credentials import Credential
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import token_request
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports import child, reasons, response, usable_credentials
from mcsa_hooks.serviceaccountimports.reasons import Call, Failure, NotReadyError, Reply
from mcsa_hooks.serviceaccountimports.request import Import, Observed
from mcsa_hooks.serviceaccountimports.token_grant import kept

# A token of 16 KiB has room for 12 KiB of claims, and all else that it says takes less than 4.
_MAX_AUDIENCES = 8 * 1024
_ESCAPED = re.compile(r"[^!#-%'-;=?-\[\]-~]")


def sync(observed: Observed, now: float, call: Call) -> Object:
    """The answer to a sync request; `now` is the local clock, `call` the only way out.

    In the steady state that is one call, with a token to renew two, and one more where the first
    credential is refused.
    """
    try:
        _check(observed)
        return _desired(observed, now, call)
    except NotReadyError as problem:
        return response.not_ready(observed, problem, now)


def _check(observed: Observed) -> None:
    imported, secret = observed.imported, observed.secret
    outside = imported.namespace != SYSTEM_NAMESPACE
    if outside and imported.account_namespace == SYSTEM_NAMESPACE:
        raise NotReadyError(
            "NotAllowed",
            f"The source's namespace {SYSTEM_NAMESPACE} holds credentials and can't be imported"
            " from here: import another account.",
            keep=False,
            retry=False,
        )
    if secret is None:
        return
    # With server-side apply Metacontroller would take over the former, and fail on the latter.
    foreign = child.owned(observed) is None
    if foreign or secret.get("type") != "Opaque" or secret.get("immutable"):
        raise NotReadyError(
            "SecretConflict",
            f"Secret {imported.secret_name} exists and is not one that this import can write:"
            " delete it, or rename the import.",
            retry=False,
        )


def _desired(observed: Observed, now: float, call: Call) -> Object:
    imported = observed.imported
    credential, got = _first_accepted(imported, usable_credentials.usable(observed, now), call)
    uid = reasons.account_uid(imported, got)
    source_now = _clock(got, now)
    token = child.held_token(child.owned(observed))
    claims = kept(token, imported, uid, credential, source_now)
    if not token or not claims:
        _check_audiences(imported)
        path = f"{reasons.account_path(imported)}/token"
        got = call(
            credential.access, "POST", path, token_request(imported.expiration, imported.audiences)
        )
        token = reasons.granted_token(imported, got)
        source_now = _clock(got, now)
        claims = kept(token, imported, uid, credential, source_now)
        # What would not be kept at the next sync would be renewed at each.
        if not claims:
            raise reasons.unreachable(imported, "grants a token that is not the one asked for")
    access = replace(credential.access, token=token, namespace=imported.account_namespace)
    return response.ready(observed, access, claims, source_now=source_now, now=now)


def _check_audiences(imported: Import) -> None:
    # Go's JSON writes at most 6 bytes for a character that the CRD did not always forbid.
    size = sum(len(text) + 5 * len(_ESCAPED.findall(text)) for text in imported.audiences)
    if size > _MAX_AUDIENCES:
        raise NotReadyError(
            "Rejected",
            f"The audiences of import {imported.namespace}/{imported.name} do not fit into a token"
            " of 16 KiB: ask for fewer, or for shorter ones of visible ASCII.",
            retry=False,
        )


def _first_accepted(
    imported: Import, candidates: tuple[Credential, ...], call: Call
) -> tuple[Credential, Reply | Failure]:
    """The first credential that gets an answer, else the first, with what the source said to it."""
    path = reasons.account_path(imported)
    tried = []
    for credential in candidates:
        got = call(credential.access, "GET", path, None)
        if isinstance(got, Reply) and got.status != 401:
            return credential, got
        tried.append((credential, got))
    credential, got = tried[0]
    if isinstance(got, Reply) and credential.expires_at <= (got.date or 0):
        raise usable_credentials.expired(imported.cluster)
    return credential, got


def _clock(got: Reply | Failure, now: float) -> float:
    return got.date if isinstance(got, Reply) and got.date else now
