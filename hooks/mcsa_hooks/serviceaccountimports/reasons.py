"""What a source cluster's reply means for an import: the rows of the table of conditions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from mcsa_core.access import Access
from mcsa_hooks.serviceaccountimports.request import Import

OK = (200, 201)


class NotReadyError(Exception):
    """Why an import is not Ready, and what becomes of its Secret."""

    def __init__(
        self, reason: str, message: str, *, keep: bool = True, retry: bool = True, after: int = 0
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.keep = keep
        """Whether the Secret stays as it is observed."""
        self.retry = retry
        """Whether to ask again by ourselves, rather than when something changes."""
        self.after = after
        """Seconds before which the source does not want to be asked again."""


@dataclass(frozen=True)
class Reply:
    """What a source answered."""

    status: int
    date: float | None
    """Its own clock, Unix seconds."""
    retry_after: int
    """Seconds; 0 if it did not say."""
    body: dict[str, Any] | None = field(repr=False)
    """The JSON object; None if there is none, which a reply of success has."""


class Failure(Enum):
    """Why there is no reply, in words that come after the cluster's name."""

    CONNECT = "cannot be reached"
    TLS = "cannot be reached: the TLS handshake failed, check its certificate and the CA"
    SLOW = "does not answer in time"
    GARBAGE = "answers with something that is no Kubernetes API"
    CA = "has a credential whose certificate-authority-data can't be used"


Call = Callable[[Access, str, str, Any], Reply | Failure]
"""Calls a cluster: access, method, path, JSON value or None."""


def account_path(imported: Import) -> str:
    """The path of the imported service account at the source's API server."""
    return (
        f"/api/v1/namespaces/{imported.account_namespace}/serviceaccounts/{imported.account_name}"
    )


def account(imported: Import) -> str:
    """The imported service account, for messages."""
    return (
        f"service account {imported.account_namespace}/{imported.account_name}"
        f" of cluster {imported.cluster}"
    )


def bootstrap_again(cluster: str) -> str:
    """The next step where a credential is missing or no longer good; with its scope, as before."""
    return (
        f"run kubemcsa bootstrap --target-context ... --source-context ... --source-name {cluster}"
        " --service-account ..."
    )


def account_uid(imported: Import, got: Reply | Failure) -> str:
    """The uid of the imported service account; NotReadyError if the reply is anything else."""
    metadata = _object(succeeded(imported, got), "metadata")
    named = (metadata.get("namespace"), metadata.get("name"))
    uid = metadata.get("uid")
    if named != (imported.account_namespace, imported.account_name) or not isinstance(uid, str):
        raise unreachable(imported, Failure.GARBAGE)
    return uid


def granted_token(imported: Import, got: Reply | Failure) -> str:
    """The token of a TokenRequest; NotReadyError if the reply is anything else."""
    if isinstance(got, Reply) and got.status in (400, 422):
        raise NotReadyError(
            "Rejected",
            f"Cluster {imported.cluster} rejects the token request: check expirationSeconds and"
            " audiences.",
        )
    token = _object(succeeded(imported, got), "status").get("token")
    if not isinstance(token, str):
        raise unreachable(imported, Failure.GARBAGE)
    return token


def succeeded(imported: Import, got: Reply | Failure) -> Reply:
    """`got` if it is a reply of success, else NotReadyError says what it is."""
    if isinstance(got, Failure):
        raise unreachable(imported, got)
    if got.status in OK:
        return got
    if got.status == 401:
        raise NotReadyError(
            "CredentialInvalid",
            f"Cluster {imported.cluster} refuses the credential that is here:"
            f" {bootstrap_again(imported.cluster)}.",
        )
    if got.status == 403:
        raise NotReadyError(
            "Forbidden",
            f"The credential for cluster {imported.cluster} may not get, or request a token of,"
            f" {account(imported)}: {_allowed(imported)}.",
        )
    if got.status == 404 and _is_account_not_found(imported, got):
        raise NotReadyError(
            "ServiceAccountNotFound",
            f"There is no {account(imported)}: create it, or correct the import.",
            keep=False,
        )
    what = f"answers with HTTP status {got.status}"
    raise unreachable(imported, what, after=got.retry_after if got.status == 429 else 0)


def _allowed(imported: Import) -> str:
    if imported.account_namespace.startswith("kube-"):
        return (
            "no cluster gets a token of kube-* namespaces, so give its roles to a service account"
            " of another namespace, and import that"
        )
    wanted = f"{imported.account_namespace}/{imported.account_name}"
    return f"{bootstrap_again(imported.cluster)} --service-account {wanted}"


def unreachable(imported: Import, what: Failure | str, after: int = 0) -> NotReadyError:
    """The cluster gives no answer that can be used; `what` says how."""
    if what is Failure.CA:
        return NotReadyError(
            "CredentialInvalid",
            f"Cluster {imported.cluster} {what.value}: {bootstrap_again(imported.cluster)}.",
        )
    words = what.value if isinstance(what, Failure) else what
    return NotReadyError("ClusterUnreachable", f"Cluster {imported.cluster} {words}.", after=after)


def _is_account_not_found(imported: Import, reply: Reply) -> bool:
    body, details = reply.body or {}, _object(reply, "details")
    said = (body.get("kind"), body.get("reason"))
    named = (details.get("kind"), details.get("name"))
    return said == ("Status", "NotFound") and named == ("serviceaccounts", imported.account_name)


def _object(reply: Reply, key: str) -> dict[str, Any]:
    value = (reply.body or {}).get(key)
    return value if isinstance(value, dict) else {}
