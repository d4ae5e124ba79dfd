"""What the source's replies mean for an import."""

from typing import Any

from mcsa_core.token import service_account
from mcsa_hooks.remote.reply import OK, Reply
from mcsa_hooks.serviceaccountimports import reasons
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport

_NO_SUCH_ANSWER = "answers with something that is no Kubernetes API"


def account_path(sai: ServiceAccountImport) -> str:
    """The path of the imported service account at the source's API server."""
    return f"/api/v1/namespaces/{sai.account_namespace}/serviceaccounts/{sai.account_name}"


def account_uid(sai: ServiceAccountImport, reply: Reply) -> str | None:
    """The uid of the imported service account, None if it is gone; NotReadyError if in doubt."""
    if _is_account_gone(sai, reply):
        return None
    metadata = _object(_succeeded(sai, reply), "metadata")
    name = (metadata.get("namespace"), metadata.get("name"))
    uid = metadata.get("uid")
    if name != (sai.account_namespace, sai.account_name) or not isinstance(uid, str):
        raise reasons.unreachable(sai.cluster, _NO_SUCH_ANSWER)
    return uid


def is_accepted(sai: ServiceAccountImport, reply: Reply) -> bool:
    """Whether the source accepts the token that has asked for its SelfSubjectReview.

    NotReadyError if the reply says neither.
    """
    if reply.status == 401:
        return False
    user = _object(_succeeded(sai, reply), "status").get("userInfo")
    username = user.get("username") if isinstance(user, dict) else None
    if not isinstance(username, str):
        raise reasons.unreachable(sai.cluster, _NO_SUCH_ANSWER)
    if username != service_account(sai.account_namespace, sai.account_name):
        raise reasons.unreachable(sai.cluster, "takes the import's token for another user's")
    return True


def granted_token(sai: ServiceAccountImport, reply: Reply, grant: str | None) -> str:
    """The token of a TokenRequest, bound to `grant` if there is one; else NotReadyError."""
    if reply.status in (400, 422):
        raise reasons.rejected(sai)
    if _is_account_gone(sai, reply):
        raise reasons.service_account_not_found(sai)
    if grant and _not_found(reply) == ("secrets", grant):
        raise reasons.revoked(sai)
    token = _object(_succeeded(sai, reply), "status").get("token")
    if not isinstance(token, str):
        raise reasons.unreachable(sai.cluster, _NO_SUCH_ANSWER)
    return token


def clock(reply: Reply, now: float) -> float:
    """The source's own clock, Unix seconds; the local one, `now`, if the reply has no date."""
    return reply.date or now


def _succeeded(sai: ServiceAccountImport, reply: Reply) -> Reply:
    if reply.status in OK:
        return reply
    if reply.status == 401:
        raise reasons.credential_refused(sai.cluster)
    if reply.status == 403:
        raise reasons.forbidden(sai)
    status = f"answers with HTTP status {reply.status}"
    after = reply.retry_after if reply.status == 429 else 0
    raise reasons.unreachable(sai.cluster, status, after=after)


def _is_account_gone(sai: ServiceAccountImport, reply: Reply) -> bool:
    return _not_found(reply) == ("serviceaccounts", sai.account_name)


def _not_found(reply: Reply) -> tuple[Any, Any] | None:
    """The resource and the name of what is not there, if the reply is a Status that says so."""
    if reply.status != 404:
        return None
    body, details = reply.body or {}, _object(reply, "details")
    if (body.get("kind"), body.get("reason")) != ("Status", "NotFound"):
        return None
    return details.get("kind"), details.get("name")


def _object(reply: Reply, key: str) -> dict[str, Any]:
    value = (reply.body or {}).get(key)
    return value if isinstance(value, dict) else {}
