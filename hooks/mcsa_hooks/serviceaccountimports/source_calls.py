"""The calls to the source that a sync makes: does it accept the held token, and a new one."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from mcsa_core.credential_order import Credential
from mcsa_core.token import claims, token_request
from mcsa_hooks.remote.api_client import SELF_REVIEW
from mcsa_hooks.remote.reply import Call, Failure, Reply
from mcsa_hooks.serviceaccountimports import reasons, source_reply
from mcsa_hooks.serviceaccountimports.held_token import HeldToken
from mcsa_hooks.serviceaccountimports.no_reply import no_reply
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport
from mcsa_hooks.serviceaccountimports.token_renewal import (
    MIN_AGE,
    GoodToken,
    is_bound,
    is_due,
    is_right,
    is_signed_by_former_key,
)

_REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
_NOT_SERVED = (403, 404, 405)
# A token of 16 KiB has room for 12 KiB of claims, of which the other claims take less than 4.
_MAX_AUDIENCES = 8 * 1024
_ESCAPED = re.compile(r"[^!#-%'-;=?-\[\]-~]")
_GRANTS_ANOTHER = "grants a token that is not the one asked for"


class Review(NamedTuple):
    """What the source says of a token."""

    is_accepted: bool
    source_now: float
    """The source's clock, Unix seconds."""


@dataclass(frozen=True)
class SourceCalls:
    """The source of an import, for one sync; `now` is the local clock."""

    sai: ServiceAccountImport
    credentials: tuple[Credential, ...]
    now: float
    call: Call

    def review(self, token: HeldToken) -> Review:
        """Whether the source accepts `token`; NotReadyError if it does not say.

        The source is asked with the token itself, by a SelfSubjectReview. Where it does not serve
        or allow that, or the token has audiences of its own, a GET of the account tells.
        """
        if not self.sai.audiences:
            reply = self.call(token.access, "POST", SELF_REVIEW, _REVIEW)
            if isinstance(reply, Failure):
                raise no_reply(self.sai.cluster, token.access.endpoint, reply)
            if reply.status not in _NOT_SERVED:
                is_accepted = source_reply.is_accepted(self.sai, reply)
                return Review(is_accepted, source_reply.clock(reply, self.now))
        credential, reply = self._first_accepted(self.credentials, self._get_account)
        is_same = token.claims.uid == source_reply.account_uid(self.sai, reply)
        is_accepted = is_same and not is_signed_by_former_key(token.claims, credential)
        return Review(is_accepted, source_reply.clock(reply, self.now))

    def grant(self, credentials: tuple[Credential, ...]) -> GoodToken:
        """A new token, by the first of `credentials` that the source takes; or NotReadyError."""
        sai = self.sai
        _check_audiences(sai)
        credential, reply = self._first_accepted(credentials, self._request_token)
        token = source_reply.granted_token(sai, reply, credential.grant)
        granted, source_now = claims(token), source_reply.clock(reply, self.now)
        # A token that the next sync would not keep would be renewed by each.
        if (
            granted is None
            or not is_right(granted, sai)
            or not is_bound(granted, credential)
            or is_due(granted, sai, source_now)
        ):
            raise reasons.unreachable(sai.cluster, _GRANTS_ANOTHER, after=MIN_AGE)
        access = replace(credential.access, token=token, namespace=sai.account_namespace)
        return GoodToken(access, granted, source_now)

    def _first_accepted(
        self,
        credentials: tuple[Credential, ...],
        ask: Callable[[Credential], Reply | Failure],
    ) -> tuple[Credential, Reply]:
        """The first credential that is not refused (401) and gets a reply, with that reply.

        If there is none, it is the first of all; NotReadyError if that gets no reply, or has
        expired by the source's clock.
        """
        replies = []
        for credential in credentials:
            reply = ask(credential)
            if isinstance(reply, Reply) and reply.status != 401:
                return credential, reply
            replies.append((credential, reply))
        credential, reply = replies[0]
        if isinstance(reply, Failure):
            raise no_reply(self.sai.cluster, credential.access.endpoint, reply)
        if credential.expires_at <= (reply.date or 0):
            raise reasons.credential_expired(self.sai.cluster)
        return credential, reply

    def _get_account(self, credential: Credential) -> Reply | Failure:
        return self.call(credential.access, "GET", source_reply.account_path(self.sai), None)

    def _request_token(self, credential: Credential) -> Reply | Failure:
        body = token_request(self.sai.expiration, self.sai.audiences, credential.grant)
        path = f"{source_reply.account_path(self.sai)}/token"
        return self.call(credential.access, "POST", path, body)


def _check_audiences(sai: ServiceAccountImport) -> None:
    """NotReadyError if a token with the import's audiences would be longer than 16 KiB."""
    # Go's JSON escapes a character with up to 6 bytes; old CRDs allowed all characters.
    size = sum(len(text) + 5 * len(_ESCAPED.findall(text)) for text in sai.audiences)
    if size > _MAX_AUDIENCES:
        raise reasons.audiences_too_long(sai)
