"""The credential that bootstrap registers in the target, which an import then renews."""

from dataclasses import dataclass, field

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.token_request import GrantedToken, request_token
from kubemcsa.introduction import fallback
from kubemcsa.introduction.plan import Plan
from mcsa_core.names import SYSTEM_NAMESPACE


@dataclass(frozen=True)
class FirstCredential:
    """A token of the target's identity."""

    token: str = field(repr=False)
    granted: GrantedToken | None = None
    """How long it is valid; None if it never expires."""


def obtain(source: Cluster, plan: Plan) -> FirstCredential:
    """The token of the fall-back if there is one, else a new one, bound to the plan's grant."""
    if plan.has_fallback:
        return FirstCredential(fallback.await_token(source, plan.target_name))
    granted = request_token(source, SYSTEM_NAMESPACE, plan.target_name, plan.seconds, plan.grant)
    return FirstCredential(granted.token, granted)
