"""Runs of bootstrap at the same time: the source ends as if one had come after the other."""

from dataclasses import replace

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import earlier, source_side, target_side
from kubemcsa.introduction.first_credential import FirstCredential, obtain
from kubemcsa.introduction.plan import Plan
from kubemcsa.output.progress import say

_ATTEMPTS = 5


def settle(source: Cluster, plan: Plan) -> Plan:
    """Apply the plan in the source, and return it with what the source has then.

    Where another run has changed what was read before, read and try again: this run is the last
    one then. ClusterError after some attempts.
    """
    for _ in range(_ATTEMPTS):
        is_applied = _is_applied(source, plan)
        plan = replace(plan, earlier=earlier.read(source, plan.target_name))
        if is_applied and plan.earlier.scope is None:
            break
        if is_applied and plan.is_settled:
            return plan
        say(source.context, f"another run changes what {plan.target_name} may import: trying again")
        source_side.check(source, plan)
    raise ClusterError(
        f"context {source.context}: another run keeps changing what {plan.target_name} may import:"
        " run the same command again when it has ended."
    )


def introduce(source: Cluster, target: Cluster, plan: Plan) -> tuple[Plan, FirstCredential]:
    """Both clusters are as the plan says, and the credential is bound as tokens then have to be."""
    for _ in range(_ATTEMPTS):
        plan = settle(source, plan)
        credential = obtain(source, plan)
        target_side.register(target, plan, credential.token)
        scope = earlier.read(source, plan.target_name).scope
        if scope and scope.limited == plan.scope.limited:
            break
    return plan, credential


def _is_applied(source: Cluster, plan: Plan) -> bool:
    try:
        source_side.apply(source, plan)
    except ClusterError as error:
        if error.status != 409:
            raise
        return False
    return True
