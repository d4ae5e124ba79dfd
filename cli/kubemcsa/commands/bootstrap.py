"""`kubemcsa bootstrap`: introduces a source cluster to a target cluster."""

from typing import Any

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.cluster_endpoint import endpoint
from kubemcsa.api.connect import connect
from kubemcsa.introduction import (
    cluster_names,
    earlier,
    fallback,
    handover,
    source_side,
    target_side,
)
from kubemcsa.introduction.first_credential import FirstCredential, obtain
from kubemcsa.introduction.objects import title
from kubemcsa.introduction.plan import Plan
from kubemcsa.introduction.remarks import remarks
from kubemcsa.introduction.scope import Scope, ScopeRequest
from kubemcsa.introduction.settlement import introduce, settle
from kubemcsa.options import (
    credential_options,
    delivery_options,
    duration,
    request_timeout,
    scope_options,
    two_clusters,
)
from kubemcsa.output import manifests
from kubemcsa.output.progress import say
from kubemcsa.output.terminal import show


@click.command()
@two_clusters.options
@credential_options.options
@scope_options.options
@delivery_options.options
@request_timeout.option
def bootstrap(contexts: tuple[str, ...], **options: Any) -> None:
    """Let the target cluster import service accounts of the source cluster.

    The target is the cluster where the pods run, the source is the cluster that they call. Makes an
    identity for the target in the source, and puts a credential of it into the target, where an
    import renews it. Run it again to repair, to renew, or with more accounts or namespaces: a run
    takes nothing away without --replace. A first run that names none lets the target import all.

    \b
    Examples:
      kubemcsa bootstrap --target-context cluster1 --source-context cluster2 \\
        --service-account default/pod-lister
      kubemcsa bootstrap cluster1 cluster2 --source-namespace default
      kubemcsa bootstrap cluster1 cluster2
      kubemcsa bootstrap cluster1 cluster2 --replace --service-account default/pod-lister
      kubemcsa bootstrap --target-name cluster1 --source-context cluster2 \\
        --target-manifests for-cluster1.yaml
    """  # noqa: D301
    two_clusters.take_arguments(contexts, options)
    delivery_options.check(options)
    scope_options.check(options)
    target, target_name = _target(contexts, options)
    source = connect(options["source_kubeconfig"], options["source_context"])
    source_name = options["source_name"] or (source.context if contexts else source.name)
    plan = _plan(source, (target_name, source_name), options)
    source_side.check(source, plan)
    if target:
        target_side.check(target, plan)
    for sentence in remarks(plan, target_side.imports(target) if target else None):
        say(source.context, sentence)
    if options["dry_run"]:
        _print(source, plan, options["output"] or "yaml")
    elif target:
        _apply(source, target, plan)
    else:
        _write(source, plan, options["target_manifests"])


def _target(contexts: tuple[str, ...], options: dict[str, Any]) -> tuple[Cluster | None, str]:
    """The target, None if it is not to be called, and its name."""
    kubeconfig, context = options["target_kubeconfig"], options["target_context"]
    name = options["target_name"] or (context if contexts else None)
    if not options["target_manifests"]:
        cluster = connect(kubeconfig, context)
        return cluster, name or cluster.name
    if not (name or kubeconfig or context):
        raise click.UsageError("--target-manifests takes the target's name: add --target-name.")
    return None, name or connect(kubeconfig, context).name


def _plan(source: Cluster, names: tuple[str, str], options: dict[str, Any]) -> Plan:
    """The plan for the target and the source of these names, in this order."""
    target_name, source_name = names
    cluster_names.check(target_name, source_name)
    if options["never_expiring_fallback"]:
        fallback.check(target_name)
    request = ScopeRequest(
        named=Scope(options["accounts"], options["namespaces"]),
        replace=options["replace"],
        revoke=options["revoke"],
        everything=options["all_service_accounts"],
    )
    return Plan(
        source_name=source_name,
        target_name=target_name,
        request=request,
        endpoint=endpoint(source, options["source_server"], options["source_ca"]),
        seconds=options["credential_duration"],
        earlier=earlier.read(source, target_name),
        wants_fallback=options["never_expiring_fallback"],
    )


def _print(source: Cluster, plan: Plan, output: str) -> None:
    bodies = {"source": plan.source_objects, "target": plan.target_objects()}
    lists = {side: manifests.as_list(objects) for side, objects in bodies.items()}
    click.echo(manifests.dump(lists, output))
    for body in (*plan.revoked_grants, *plan.obsolete_rights):
        say(source.context, f"{title(body)} would be deleted")


def _apply(source: Cluster, target: Cluster, plan: Plan) -> None:
    plan, credential = introduce(source, target, plan)
    show(_result(plan, credential))


def _write(source: Cluster, plan: Plan, file: str) -> None:
    """The file is opened first: the source grants no token that can't be written."""
    with manifests.private(file) as writer:
        plan = settle(source, plan)
        credential = obtain(source, plan)
        writer.write(handover.text(plan, credential))
    show(_result(plan, credential, file), err=file == manifests.STDOUT)


def _result(plan: Plan, credential: FirstCredential, file: str | None = None) -> str:
    sentence = f"{plan.target_name} can now import {plan.scope} of {plan.source_name}"
    if file:
        sentence += f", once kubectl apply --server-side -f {file} has been run there"
    holder = f", which {file} holds," if file else ""
    if credential.granted is None:
        return f"{sentence}. Its credential{holder} never expires."
    life = duration.text(credential.granted.seconds)
    validity = f"valid for {life}, until {credential.granted.expires}, and renews itself"
    return f"{sentence}. Its credential{holder} is {validity}."
