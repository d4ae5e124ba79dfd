"""Until when an identity can still get tokens of accounts that a run took away."""

import time

from kubemcsa.api.cluster import Cluster
from kubemcsa.introduction.plan import Plan
from kubemcsa.introduction.scope import Scope
from kubemcsa.output.progress import say
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import service_account

_AUTHORIZATION = "authorization.k8s.io/v1"
_SECONDS = 10
_INTERVAL = 0.1


def await_refusals(source: Cluster, plan: Plan) -> None:
    """The source's authorizer has noticed that accounts were taken away, within some seconds.

    Before that the identity could bind tokens of these accounts to a grant that is made anew.
    """
    deadline = time.monotonic() + _SECONDS
    for grant in plan.renewed_grants:
        namespace = grant["metadata"]["namespace"]
        account = _example(plan.lost, namespace)
        while account is not None and _may_request(source, plan.target_name, namespace, account):
            if time.monotonic() > deadline:
                say(
                    source.context,
                    f"{plan.target_name} may still request tokens of accounts of namespace"
                    f" {namespace} that this run takes away: look for other roles that it has.",
                )
                return
            time.sleep(_INTERVAL)


def _example(lost: Scope, namespace: str) -> str | None:
    """An account of the namespace that is taken away, "" for any, None if there is none.

    One is enough: a Role changes as a whole.
    """
    if not lost.limited or namespace in lost.namespaces:
        return ""
    return next((name for account, name in lost.accounts if account == namespace), None)


def _may_request(source: Cluster, target_name: str, namespace: str, name: str) -> bool:
    spec = {
        "user": service_account(SYSTEM_NAMESPACE, target_name),
        "groups": ["system:serviceaccounts", f"system:serviceaccounts:{SYSTEM_NAMESPACE}"],
        "resourceAttributes": {
            "namespace": namespace,
            "name": name,
            "resource": "serviceaccounts",
            "subresource": "token",
            "verb": "create",
        },
    }
    body = {"apiVersion": _AUTHORIZATION, "kind": "SubjectAccessReview", "spec": spec}
    reply = source.create(f"/apis/{_AUTHORIZATION}/subjectaccessreviews", body)
    return bool((reply.get("status") or {}).get("allowed"))
