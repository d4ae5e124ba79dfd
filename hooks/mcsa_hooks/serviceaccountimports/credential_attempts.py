"""Which credential to call a source cluster with."""

from mcsa_core import credential_order
from mcsa_core.credential_order import Credential
from mcsa_core.endpoint import AccessError
from mcsa_hooks.remote.reply import Call, Failure, Reply
from mcsa_hooks.serviceaccountimports import reasons
from mcsa_hooks.serviceaccountimports.request import SyncRequest
from mcsa_hooks.serviceaccountimports.source_reply import account_path


def usable(request: SyncRequest, now: float) -> tuple[Credential, ...]:
    """The credentials worth trying, in order; NotReadyError if there are none."""
    cluster = request.sai.cluster
    if not request.credentials:
        raise reasons.cluster_not_bootstrapped(cluster)
    readable: list[Credential] = []
    refusals = []
    for secret in request.credentials:
        try:
            readable.append(credential_order.read(secret))
        except AccessError as error:
            name = secret["metadata"]["name"]
            refusals.append(reasons.credential_malformed(cluster, name, str(error)))
    if ordered := credential_order.in_order(readable, now):
        return ordered
    raise reasons.credential_expired(cluster) if readable else refusals[0]


def get_account(request: SyncRequest, now: float, call: Call) -> tuple[Credential, Reply | Failure]:
    """The reply to a GET of the account by the first credential that is not refused (401).

    If all are refused, or the source can't be reached, it is the reply to the first credential.
    NotReadyError if there is none, or if by the source's clock it has expired.
    """
    path = account_path(request.sai)
    replies = []
    for credential in usable(request, now):
        reply = call(credential.access, "GET", path, None)
        if isinstance(reply, Reply) and reply.status != 401:
            return credential, reply
        replies.append((credential, reply))
    credential, reply = replies[0]
    if isinstance(reply, Reply) and credential.expires_at <= (reply.date or 0):
        raise reasons.credential_expired(request.sai.cluster)
    return credential, reply
