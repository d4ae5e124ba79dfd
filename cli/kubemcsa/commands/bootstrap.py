"""`kubemcsa bootstrap`: introduces a source cluster to a target cluster."""

from typing import Any

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.cluster_endpoint import endpoint
from kubemcsa.api.connect import connect
from kubemcsa.api.token_request import GrantedToken
from kubemcsa.introduction import cluster_names, handover, rights, source_side, target_side
from kubemcsa.introduction.objects import title
from kubemcsa.introduction.plan import Plan
from kubemcsa.introduction.scope import Scope
from kubemcsa.options import credential_options, duration, scope_options, two_clusters
from kubemcsa.output import manifests
from kubemcsa.output.progress import say
from kubemcsa.output.terminal import show


@click.command()
@two_clusters.options
@credential_options.options
@scope_options.options
@click.option(
    "--target-manifests",
    metavar="FILE",
    help="Don't call the target: write its objects, for its own administrator. - is stdout.",
)
@click.option("--dry-run", is_flag=True, help="Print all objects, without a token; change nothing.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["yaml", "json"]),
    help="Format of --dry-run. [default: yaml]",
)
def bootstrap(
    contexts: tuple[str, ...],
    accounts: tuple[tuple[str, str], ...],
    namespaces: tuple[str, ...],
    **options: Any,
) -> None:
    """Let the target cluster import service accounts of the source cluster.

    The target is the cluster where the pods run, the source is the cluster that they call. Makes an
    identity for the target in the source, and puts a credential of it into the target, where an
    import renews it. Run it again to repair, to renew, or with other accounts or namespaces: the
    target may import what the last run says, and nothing else.

    \b
    Examples:
      kubemcsa bootstrap --target-context cluster1 --source-context cluster2 \\
        --service-account default/pod-lister
      kubemcsa bootstrap cluster1 cluster2 --source-namespace default
      kubemcsa bootstrap cluster1 cluster2
      kubemcsa bootstrap --target-name cluster1 --source-context cluster2 \\
        --target-manifests for-cluster1.yaml
    """  # noqa: D301
    two_clusters.take_arguments(contexts, options)
    if options["output"] and not options["dry_run"]:
        raise click.UsageError("-o goes with --dry-run.")
    target, target_name = _target(contexts, options)
    source = connect(options["source_kubeconfig"], options["source_context"])
    source_name = options["source_name"] or (source.context if contexts else source.name)
    scope = Scope(accounts, namespaces)
    plan = _plan(source, (target_name, source_name), scope, options)
    source_side.check(source, plan)
    if target:
        target_side.check(target, plan)
    source_side.say_if_it_widens(source, plan)
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


def _plan(source: Cluster, names: tuple[str, str], scope: Scope, options: dict[str, Any]) -> Plan:
    """The plan for the target and the source of these names, in this order."""
    target_name, source_name = names
    cluster_names.check(target_name, source_name)
    return Plan(
        source_name=source_name,
        target_name=target_name,
        scope=scope,
        endpoint=endpoint(source, options["source_server"], options["source_ca"]),
        seconds=options["credential_duration"],
        earlier_rights=rights.find(source, target_name),
    )


def _print(source: Cluster, plan: Plan, output: str) -> None:
    bodies = {"source": plan.source_objects, "target": plan.target_objects()}
    lists = {side: manifests.as_list(objects) for side, objects in bodies.items()}
    click.echo(manifests.dump(lists, output))
    for body in plan.obsolete_rights:
        say(source.context, f"{title(body)} would be deleted")


def _apply(source: Cluster, target: Cluster, plan: Plan) -> None:
    granted = source_side.apply(source, plan)
    target_side.register(target, plan, granted.token)
    show(
        f"{plan.target_name} can now import {plan.scope} of {plan.source_name}. Its credential"
        f" {_validity(granted)}"
    )


def _write(source: Cluster, plan: Plan, file: str) -> None:
    """The file is opened first: the source grants no token that can't be written."""
    with manifests.private(file) as writer:
        granted = source_side.apply(source, plan)
        writer.write(handover.text(plan, granted))
    show(
        f"{plan.target_name} can now import {plan.scope} of {plan.source_name}, once kubectl apply"
        f" --server-side -f {file} has been run there. Its credential, which {file} holds,"
        f" {_validity(granted)}",
        err=file == manifests.STDOUT,
    )


def _validity(granted: GrantedToken) -> str:
    life = duration.text(granted.seconds)
    return f"is valid for {life}, until {granted.expires}, and renews itself."
