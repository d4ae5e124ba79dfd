"""The names that users' manifests and scripts rely on, and which names Kubernetes allows."""

import base64
import hashlib
import re
from enum import StrEnum

GROUP = "multicluster.admiralty.io"
API_VERSION = f"{GROUP}/v1alpha1"
KIND = "ServiceAccountImport"
PLURAL = "serviceaccountimports"
SYSTEM_NAMESPACE = "multicluster-service-account"
IMPORT_NAME = f"{GROUP}/service-account-import.name"
"""The label of an import's Secret, and the annotation of the pods that ask for it."""
SCOPE = f"{GROUP}/scope"
"""The annotation of the import that renews a credential: what bootstrap lets the target import.

NAMESPACE/NAME, NAMESPACE/* or *, separated by commas; ... where there are more.
"""
MOUNT_ROOT = "/var/run/secrets/admiralty.io/serviceaccountimports"
"""The folder in which pods find each mounted import in a folder of its name."""


class Reason(StrEnum):
    """The reasons of an import's condition Ready."""

    TOKEN_ISSUED = "TokenIssued"  # noqa: S105
    SECRET_CONFLICT = "SecretConflict"  # noqa: S105
    CLUSTER_NOT_BOOTSTRAPPED = "ClusterNotBootstrapped"
    CREDENTIAL_INVALID = "CredentialInvalid"
    CREDENTIAL_EXPIRED = "CredentialExpired"
    CLUSTER_UNREACHABLE = "ClusterUnreachable"
    FORBIDDEN = "Forbidden"
    REJECTED = "Rejected"
    SERVICE_ACCOUNT_NOT_FOUND = "ServiceAccountNotFound"
    REVOKED = "Revoked"
    NOT_ALLOWED = "NotAllowed"


LABEL_LENGTH = 63
SUBDOMAIN_LENGTH = 253
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_IMPORT_SECRET = re.compile(r"-token-[a-z2-7]{5}\Z")
_GRANT_PREFIX = f"{SYSTEM_NAMESPACE}."


def is_label(name: str) -> bool:
    """Whether `name` is a DNS-1123 label (RFC 1123), as a namespace's name must be."""
    return len(name) <= LABEL_LENGTH and re.fullmatch(_LABEL, name) is not None


def is_subdomain(name: str, length: int = SUBDOMAIN_LENGTH) -> bool:
    """Whether `name` is a DNS-1123 subdomain of at most `length` characters."""
    return len(name) <= length and _SUBDOMAIN.fullmatch(name) is not None


def is_visible(text: str) -> bool:
    """Whether `text` is visible ASCII, at least one character, and so can stand in a header."""
    return _VISIBLE.fullmatch(text) is not None


def is_import_name(name: str) -> bool:
    """Whether `name` can name an import: a subdomain that is short enough for a label's value."""
    return is_subdomain(name, LABEL_LENGTH)


def grant_name(target: str) -> str:
    """The name of the grants of a target: Secrets of the source to which its tokens are bound."""
    return f"{_GRANT_PREFIX}{target}"


def is_grant_name(name: str) -> bool:
    """Whether `name` can be that of a target's grants."""
    return name.startswith(_GRANT_PREFIX) and is_import_name(name.removeprefix(_GRANT_PREFIX))


def is_import_secret_name(name: str) -> bool:
    """Whether `name` ends as the name of an import's Secret does."""
    return _IMPORT_SECRET.search(name) is not None


def secret_name(namespace: str, name: str) -> str:
    """The name of the Secret of the import `namespace`/`name`.

    It ends in the first 5 characters of the lower-case base32 (RFC 4648) of the SHA-256 of
    `NAMESPACE/NAME`, so that the admission webhook can compute it.
    """
    digest = hashlib.sha256(f"{namespace}/{name}".encode()).digest()
    return f"{name}-token-{base64.b32encode(digest).decode().lower()[:5]}"
