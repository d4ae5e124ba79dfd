"""What it takes to call a cluster as one of its service accounts."""

import re
from dataclasses import dataclass, field
from typing import TypeGuard

from mcsa_core.endpoint import AccessError, Endpoint
from mcsa_core.token import MAX_LENGTH

_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Access:
    """An endpoint, and a token for it."""

    endpoint: Endpoint
    token: str = field(repr=False)
    namespace: str
    """The namespace of the service account, in its own cluster."""


def checked(endpoint: Endpoint, *, token: object, namespace: object) -> Access:
    """An Access of unchecked values; AccessError names the first bad one."""
    if not is_token(token):
        raise AccessError("token is missing or malformed")
    if not isinstance(namespace, str):
        raise AccessError("namespace is not a string")
    return Access(endpoint, token, namespace)


def is_token(token: object) -> TypeGuard[str]:
    """Whether `token` can stand in a header: at most 16 KiB of visible ASCII."""
    if not isinstance(token, str) or len(token) > MAX_LENGTH:
        return False
    return _VISIBLE.fullmatch(token) is not None
