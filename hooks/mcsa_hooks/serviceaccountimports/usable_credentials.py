"""Which credentials to call a source cluster with."""

from mcsa_core import credential_order
from mcsa_core.credential_order import Credential
from mcsa_core.endpoint import AccessError
from mcsa_hooks.serviceaccountimports import reasons
from mcsa_hooks.serviceaccountimports.request import SyncRequest


def usable(request: SyncRequest, now: float) -> tuple[Credential, ...]:
    """The credentials worth trying, in order; NotReadyError if there are none."""
    cluster = request.sai.cluster
    if not request.credentials:
        raise reasons.cluster_not_bootstrapped(request.sai)
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
