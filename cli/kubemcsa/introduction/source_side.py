"""The source's half of an introduction: an identity for the target, its rights and grants."""

from kubemcsa.api import namespaces
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, collection_path, object_path
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import cluster_names, fallback, grants, objects, rights, token_policy
from kubemcsa.introduction.plan import Plan
from kubemcsa.introduction.revocation import await_refusals
from kubemcsa.output.progress import report
from mcsa_core.names import SYSTEM_NAMESPACE


def check(source: Cluster, plan: Plan) -> None:
    """ClusterError unless the plan can be applied and overwrites nothing but what kubemcsa made."""
    namespaces.exists(source, SYSTEM_NAMESPACE)
    missing = [name for name in plan.scope.names() if not namespaces.exists(source, name)]
    if missing:
        create = [f"{plan.commands.source_kubectl} create namespace {name}" for name in missing]
        raise ClusterError(
            f"context {source.context}: there is no namespace {' and no namespace '.join(missing)}:"
            f" run {' && '.join(create)} first, or correct --service-account and"
            " --source-namespace."
        )
    for body in _not_adopted(plan):
        existing = source.get(object_path(body))
        if existing and not _is_ours(existing, plan):
            raise ClusterError(
                f"context {source.context}: {objects.title(body)} exists and was not made by"
                f" kubemcsa: {_remedy(body, plan)}."
            )


def _is_ours(existing: Object, plan: Plan) -> bool:
    if existing["kind"] == "Secret":
        return grants.is_grant(existing) or fallback.is_fallback(existing, plan.target_name)
    return objects.is_ours(existing)


def _not_adopted(plan: Plan) -> list[Object]:
    """The objects that kubemcsa must have made if they exist."""
    adopted = [objects.namespace(), rights.cluster_role()]
    if plan.earlier.rights:
        # The original's identity, or one that was made anew by hand: earlier runs gave it rights.
        adopted += [*plan.earlier.rights, objects.service_account(plan.target_name)]
    return rights.without(plan.source_objects, adopted)


def _remedy(body: Object, plan: Plan) -> str:
    if body in token_policy.policy():
        kind, name = body["kind"].lower(), body["metadata"]["name"]
        return (
            "give it another name or, if it is not needed, run"
            f" {plan.commands.source_kubectl} delete {kind} {name} first"
        )
    return f"add --target-name {cluster_names.legal(plan.target_name + '-target')}, for example"


def apply(source: Cluster, plan: Plan) -> None:
    """The rights and grants are those of the plan; HTTP status 409 if another run changes them."""
    for body in plan.revoked_grants:
        grants.delete(source, body)
        report(source.context, f"{objects.title(body)} deleted: tokens bound to it end within 10 s")
    for body in rights.without(plan.source_objects, plan.renewed_grants):
        _put(source, plan, body)
    for body in plan.obsolete_rights:
        source.delete(body, unchanged=True)
        report(source.context, f"{objects.title(body)} deleted")
    if plan.renewed_grants:
        await_refusals(source, plan)
    for body in plan.renewed_grants:
        source.create(collection_path(body, body["metadata"]["namespace"]), body)
        report(source.context, f"{objects.title(body)} {_event(plan, body)}")


def _put(source: Cluster, plan: Plan, body: Object) -> None:
    """Roles, grants and the fall-back are written only if they still are as they were read."""
    existing = plan.earlier.existing(body)
    if body["kind"] == "Namespace":
        namespaces.apply(source, body)
    elif body["kind"] not in ("Role", "Secret"):
        source.apply(body)
    elif existing and grants.is_alive(existing):
        # The uid too: with the resourceVersion alone what was deleted meanwhile would be made anew.
        read = {key: existing["metadata"][key] for key in ("uid", "resourceVersion")}
        source.apply(body | {"metadata": body["metadata"] | read})
    else:
        if existing:
            grants.delete(source, existing)
        source.create(collection_path(body, body["metadata"]["namespace"]), body)
    report(source.context, f"{objects.title(body)} {_event(plan, body)}")


def _event(plan: Plan, body: Object) -> str:
    if plan.restores(body):
        return (
            f"created anew: if its deletion was to revoke tokens, {plan.target_name} gets new ones"
            " now"
        )
    return "applied"
