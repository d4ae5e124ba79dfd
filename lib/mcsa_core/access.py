"""An Access: the endpoint of a cluster, and a service account's token for it."""

from dataclasses import dataclass, field
from typing import TypeGuard

from mcsa_core.endpoint import AccessError, Endpoint
from mcsa_core.names import is_visible
from mcsa_core.token import MAX_LENGTH


@dataclass(frozen=True)
class Access:
    """What a call to a cluster as one of its service accounts needs."""

    endpoint: Endpoint
    token: str = field(repr=False)
    namespace: str
    """The namespace of the service account, in its own cluster."""


def checked(endpoint: Endpoint, *, token: object, namespace: object) -> Access:
    """An Access of these values; AccessError names the first that is not valid."""
    if not is_token(token):
        raise AccessError("token is missing or malformed")
    if not isinstance(namespace, str):
        raise AccessError("namespace is not a string")
    return Access(endpoint, token, namespace)


def is_token(token: object) -> TypeGuard[str]:
    """Whether `token` can be sent in a header: visible ASCII, at most 16 KiB."""
    return isinstance(token, str) and len(token) <= MAX_LENGTH and is_visible(token)
