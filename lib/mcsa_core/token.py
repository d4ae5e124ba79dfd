"""The claims of a service account token, and the TokenRequest that asks for a token."""

import base64
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

MIN_EXPIRATION = 600
"""Seconds: the shortest that Kubernetes grants."""
MAX_EXPIRATION = 365 * 86400
"""Seconds: the longest that an import or a credential may ask for."""
MAX_LENGTH = 16 * 1024
"""Characters of a token."""
_LEGACY_SECONDS = 3607
_YEAR_9999 = 253_000_000_000
_PART = r"[A-Za-z0-9_-]+"
_ID = re.compile(r"[!-~]{1,128}")
_JWT = re.compile(rf"({_PART})\.({_PART})\.{_PART}")


@dataclass(frozen=True)
class Claims:
    """Claims of a service account token; times are Unix seconds."""

    subject: str
    uid: str
    """The uid of the service account."""
    audiences: frozenset[str]
    issued_at: int
    expires_at: int
    key_id: str | None = None
    """The `kid` of the key with which it is signed, if its header has one."""
    credential_id: str | None = None
    """The claim `jti`, by which the API server's audit log names the token."""
    secret_name: str | None = None
    """The Secret of the account's namespace to which the token is bound (`boundObjectRef`)."""
    secret_uid: str | None = None


def service_account(namespace: str, name: str) -> str:
    """The user name, and so the `sub` claim, of a service account."""
    return f"system:serviceaccount:{namespace}:{name}"


def token_request(
    seconds: int, audiences: Collection[str] = (), secret_name: str | None = None
) -> dict[str, Any]:
    """A TokenRequest (authentication.k8s.io/v1); without audiences, for the API server's own.

    The token is bound to the Secret `secret_name` of the account's namespace unless that is None.
    """
    # API servers may extend a token of 3607 seconds to a year: kubelets ask for just that many.
    spec: dict[str, Any] = {"expirationSeconds": seconds + (seconds == _LEGACY_SECONDS)}
    if audiences:
        spec["audiences"] = list(audiences)
    if secret_name:
        spec["boundObjectRef"] = {"apiVersion": "v1", "kind": "Secret", "name": secret_name}
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}


def claims(token: str) -> Claims | None:
    """The claims of `token`, unverified; None if it is no service account token that expires.

    The format is a JWT (RFC 7519) of at most 16 KiB in compact serialization, with the private
    claims that Kubernetes gives to bound service account tokens.
    """
    match = _JWT.fullmatch(token) if len(token) <= MAX_LENGTH else None
    if match is None:
        return None
    try:
        header, payload = _decoded(match[1]), _decoded(match[2])
        audiences, private = payload["aud"], payload["kubernetes.io"]
        secret = private.get("secret") or {}
        result = Claims(
            subject=payload["sub"],
            uid=private["serviceaccount"]["uid"],
            audiences=frozenset([audiences] if isinstance(audiences, str) else audiences),
            issued_at=int(payload["iat"]),
            expires_at=int(payload["exp"]),
            key_id=header.get("kid"),
            credential_id=_id(payload.get("jti")),
            secret_name=secret.get("name"),
            secret_uid=secret.get("uid"),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None
    strings = (result.subject, result.uid, *result.audiences)
    optional = (result.key_id, result.secret_name, result.secret_uid)
    times_valid = 0 <= result.issued_at <= result.expires_at <= _YEAR_9999
    strings_valid = all(isinstance(value, str) for value in strings)
    optional_valid = all(isinstance(value, str | None) for value in optional)
    return result if times_valid and strings_valid and optional_valid else None


def _id(jti: object) -> str | None:
    # It goes into an import's status; API servers make a UUID.
    return jti if isinstance(jti, str) and _ID.fullmatch(jti) else None


def _decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
