"""Why an import is not Ready whose source has not replied."""

from mcsa_core.endpoint import Endpoint, is_own_machine
from mcsa_core.names import Reason
from mcsa_hooks.remote.reply import Failure
from mcsa_hooks.serviceaccountimports import reasons
from mcsa_hooks.serviceaccountimports.not_ready import NotReadyError


def no_reply(cluster: str, endpoint: Endpoint, failure: Failure) -> NotReadyError:
    """A call of the endpoint of `cluster` has failed."""
    again = reasons.bootstrap_again(cluster)
    words = failure.value.format(server=endpoint.server)
    if failure is Failure.CA:
        return NotReadyError(Reason.CREDENTIAL_INVALID, f"Cluster {cluster} {words}: {again}.")
    if is_own_machine(endpoint.server):
        words += (
            ". That address is the machine that the hooks run on, not the cluster's:"
            f" {again} --source-server URL"
        )
    return reasons.unreachable(cluster, words)
