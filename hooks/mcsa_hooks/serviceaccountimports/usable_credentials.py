"""Which credentials to call a source cluster with, or why there is none."""

from mcsa_core import credentials
from mcsa_core.credentials import Credential
from mcsa_core.endpoint import AccessError
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_hooks.serviceaccountimports.reasons import NotReadyError, bootstrap_again
from mcsa_hooks.serviceaccountimports.request import Observed


def usable(observed: Observed, now: float) -> tuple[Credential, ...]:
    """The credentials worth trying, in order; NotReadyError if there are none."""
    cluster = observed.imported.cluster
    if not observed.credentials:
        raise NotReadyError(
            "ClusterNotBootstrapped",
            f"Cluster {cluster} has no credential here: {bootstrap_again(cluster)}, or create"
            f" Secret {SYSTEM_NAMESPACE}/{cluster}.",
            retry=False,
        )
    readable, refusals = [], []
    for secret in observed.credentials:
        try:
            readable.append(credentials.read(secret))
        except AccessError as refusal:
            refusals.append(
                f"The credential for cluster {cluster} in Secret"
                f" {SYSTEM_NAMESPACE}/{secret['metadata']['name']} can't be used: {refusal}."
            )
    if ordered := credentials.in_order(readable, now):
        return ordered
    if readable:
        raise expired(cluster)
    raise NotReadyError("CredentialInvalid", refusals[0])


def expired(cluster: str) -> NotReadyError:
    """The credential has expired; nothing but a new one helps."""
    return NotReadyError(
        "CredentialExpired",
        f"The credential for cluster {cluster} has expired: {bootstrap_again(cluster)}.",
        retry=False,
    )
