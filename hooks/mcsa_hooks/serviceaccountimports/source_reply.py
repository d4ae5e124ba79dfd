"""What the source's replies mean for an import."""

from typing import Any

from mcsa_hooks.remote.reply import OK, Failure, Reply
from mcsa_hooks.serviceaccountimports import reasons
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport


def account_path(sai: ServiceAccountImport) -> str:
    """The path of the imported service account at the source's API server."""
    return f"/api/v1/namespaces/{sai.account_namespace}/serviceaccounts/{sai.account_name}"


def account_uid(sai: ServiceAccountImport, reply: Reply | Failure) -> str:
    """The uid of the imported service account; NotReadyError if the reply is anything else."""
    metadata = _object(_succeeded(sai, reply), "metadata")
    name = (metadata.get("namespace"), metadata.get("name"))
    uid = metadata.get("uid")
    if name != (sai.account_namespace, sai.account_name) or not isinstance(uid, str):
        raise reasons.unreachable(sai.cluster, Failure.GARBAGE)
    return uid


def granted_token(sai: ServiceAccountImport, reply: Reply | Failure) -> str:
    """The token of a TokenRequest; NotReadyError if the reply is anything else."""
    if isinstance(reply, Reply) and reply.status in (400, 422):
        raise reasons.rejected(sai)
    token = _object(_succeeded(sai, reply), "status").get("token")
    if not isinstance(token, str):
        raise reasons.unreachable(sai.cluster, Failure.GARBAGE)
    return token


def clock(reply: Reply | Failure, now: float) -> float:
    """The source's own clock, Unix seconds; the local one, `now`, if the reply has no date."""
    return reply.date if isinstance(reply, Reply) and reply.date else now


def _succeeded(sai: ServiceAccountImport, reply: Reply | Failure) -> Reply:
    if isinstance(reply, Failure):
        raise reasons.unreachable(sai.cluster, reply)
    if reply.status in OK:
        return reply
    if reply.status == 401:
        raise reasons.credential_refused(sai.cluster)
    if reply.status == 403:
        raise reasons.forbidden(sai)
    if reply.status == 404 and _is_account_not_found(sai, reply):
        raise reasons.service_account_not_found(sai)
    status = f"answers with HTTP status {reply.status}"
    after = reply.retry_after if reply.status == 429 else 0
    raise reasons.unreachable(sai.cluster, status, after=after)


def _is_account_not_found(sai: ServiceAccountImport, reply: Reply) -> bool:
    body, details = reply.body or {}, _object(reply, "details")
    return (body.get("kind"), body.get("reason")) == ("Status", "NotFound") and (
        details.get("kind"),
        details.get("name"),
    ) == ("serviceaccounts", sai.account_name)


def _object(reply: Reply, key: str) -> dict[str, Any]:
    value = (reply.body or {}).get(key)
    return value if isinstance(value, dict) else {}
