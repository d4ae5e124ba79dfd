"""What a run changes for the target, in sentences, before it does so."""

from kubemcsa.api.object_paths import Object
from kubemcsa.introduction.plan import Plan
from kubemcsa.output.command_lines import ANY_ACCOUNT, account_options
from kubemcsa.output.listing import listing
from mcsa_core.names import SYSTEM_NAMESPACE, grant_name

_LIFE = "until they expire, after a year at most"


def remarks(plan: Plan, imports: list[Object] | None) -> list[str]:
    """Sentences about the scope; `imports` are all of the target, None if they are not known."""
    before = plan.earlier.scope
    if not plan.scope.limited:
        if before is None or before.limited:
            return [_everything(plan, imports or [])]
        if plan.request.named.names():
            return [
                f"{plan.target_name} may import every service account already, so the named ones"
                " change nothing: to limit it to them, add --replace."
            ]
    lost = plan.lost
    if lost.limited and not lost.names():
        return [_no_revocation(plan)] if plan.request.revoke and not plan.revoked_grants else []
    sentences = [f"{plan.target_name} may not import {_taken_away(plan)} any more."]
    accounts, last = _imports_of_the_lost(plan, imports or [])
    until = f"until they expire, the last of its imports at {last}" if last else _LIFE
    if not (before and before.limited and plan.earlier.grants):
        anew = f" their service accounts are made anew{f': {accounts}' if accounts else ''}."
        sentences.append(
            f"Its tokens of these are bound to no grant: they stay valid {until}, unless{anew}"
        )
    elif plan.request.revoke:
        sentences.append(_revocation(plan))
    else:
        sentences.append(
            f"Its tokens of these stay valid {until}. This run would end them with --revoke; after"
            f" it, {_end_later(plan)} does."
        )
    return [" ".join(sentences)]


def _taken_away(plan: Plan) -> str:
    """The lost scope; where a part of a namespace, or of everything, stays, it says so."""
    partial = [space for space in plan.lost.namespaces if space in plan.scope.names()]
    return f"{plan.lost} but those named" if partial or not plan.lost.limited else str(plan.lost)


def _everything(plan: Plan, imports: list[Object]) -> str:
    specs = [sai["spec"] for sai in imports if sai["spec"]["clusterName"] == plan.source_name]
    imported = account_options((spec["namespace"], spec["name"]) for spec in specs)
    return (
        f"{plan.target_name} may import every service account of {plan.source_name}, which is close"
        " to being cluster-admin there, with tokens that are bound to no grant: to limit"
        f" it{' to what it imports now' if imported else ''}, run {plan.commands.bootstrap}"
        f" --replace {imported or ANY_ACCOUNT}."
    )


def _no_revocation(plan: Plan) -> str:
    kubectl, secret = plan.commands.source_kubectl, grant_name(plan.target_name)
    return (
        f"This run takes nothing away from {plan.target_name}, so --revoke ends no token. To end"
        " tokens of accounts that an earlier run took away, run"
        f" {kubectl} -n NAMESPACE delete secret {secret} for their NAMESPACE, then"
        f" {plan.commands.bootstrap}."
    )


def _revocation(plan: Plan) -> str:
    renewed = [body["metadata"]["namespace"] for body in plan.renewed_grants]
    known = plan.earlier.scope.names() if plan.earlier.scope else {}
    sentence = "Its tokens of these end within 10 seconds."
    if others := [namespace for namespace in renewed if namespace in known]:
        sentence += (
            f" So do those of its other imports of namespace {listing(others)}, which get new"
            " ones within about 5 minutes."
        )
    return sentence


def _imports_of_the_lost(plan: Plan, imports: list[Object]) -> tuple[str, str | None]:
    """The accounts that the run takes away and that are imported; the last expiry of a token."""
    accounts, expirations = set(), []
    for service_account_import in imports:
        spec = service_account_import["spec"]
        namespace, name = spec["namespace"], spec["name"]
        known = spec["clusterName"] == plan.source_name and namespace != SYSTEM_NAMESPACE
        if known and plan.lost.has(namespace, name) and not plan.scope.has(namespace, name):
            accounts.add(f"{namespace}/{name}")
            status = service_account_import.get("status") or {}
            expirations.append(status.get("expirationTimestamp"))
    return listing(sorted(accounts)), max(filter(None, expirations), default=None)


def _end_later(plan: Plan) -> str:
    """The command that ends the tokens of the lost namespaces, and restores what stays of them."""
    secret = grant_name(plan.target_name)
    kubectl = plan.commands.source_kubectl
    deletions = [
        f"{kubectl} -n {namespace} delete secret {secret}" for namespace in plan.lost.names()
    ]
    return " && ".join([*deletions, plan.commands.bootstrap])
