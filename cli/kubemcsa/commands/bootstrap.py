"""`kubemcsa bootstrap`: introduces a source cluster to a target cluster."""

import sys
from contextlib import ExitStack, redirect_stdout
from typing import Any

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.cluster_endpoint import endpoint
from kubemcsa.api.connect import connect
from kubemcsa.introduction import (
    cluster_names,
    direction,
    earlier,
    fallback,
    handover,
    source_side,
    target_side,
)
from kubemcsa.introduction.first_credential import obtain
from kubemcsa.introduction.objects import title
from kubemcsa.introduction.plan import Plan
from kubemcsa.introduction.remarks import remarks
from kubemcsa.introduction.scope import Scope, ScopeRequest
from kubemcsa.introduction.settlement import introduce, settle
from kubemcsa.introduction.summary import summary
from kubemcsa.introduction.suspicions import suspicions
from kubemcsa.options import (
    credential_options,
    delivery_options,
    request_timeout,
    scope_options,
    two_clusters,
)
from kubemcsa.output import manifests
from kubemcsa.output.command_lines import commands
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
      # Takes away all but this account, whose tokens end at once:
      kubemcsa bootstrap cluster1 cluster2 --replace --revoke --service-account default/pod-lister
      kubemcsa bootstrap --target-name cluster1 --source-context cluster2 \\
        --target-manifests for-cluster1.yaml --service-account default/pod-lister
    """  # noqa: D301
    two_clusters.take_arguments(contexts, options)
    delivery_options.check(options)
    scope_options.check(options)
    target, target_name = _target(options)
    source = connect(options["source_kubeconfig"], options["source_context"])
    plan = _plan(source, target, target_name, options)
    if target:
        direction.check(source, target, plan)
    source_side.check(source, plan)
    if target:
        target_side.check(target, plan)
    imports = target_side.imports(target) if target else None
    for sentence in (*suspicions(source, plan), *remarks(plan, imports)):
        say(source.context, sentence)
    if options["dry_run"]:
        _print(source, plan, options["output"] or "yaml")
    elif target:
        show(summary(*introduce(source, target, plan)))
    else:
        _write(source, plan, options["target_manifests"])


def _target(options: dict[str, Any]) -> tuple[Cluster | None, str]:
    """The target, None if it is not to be called, and its name."""
    kubeconfig, context = options["target_kubeconfig"], options["target_context"]
    name = options["target_name"]
    if not options["target_manifests"]:
        cluster = connect(kubeconfig, context)
        return cluster, name or cluster.name
    if not (name or kubeconfig or context):
        raise click.UsageError("--target-manifests takes the target's name: add --target-name.")
    return None, name or connect(kubeconfig, context).name


def _plan(
    source: Cluster, target: Cluster | None, target_name: str, options: dict[str, Any]
) -> Plan:
    source_name = options["source_name"] or source.name
    cluster_names.check(target_name, source_name)
    if options["never_expiring_fallback"]:
        fallback.check(target_name)
    contexts = {"source_context": source.context}
    if target:
        contexts["target_context"] = target.context
    return Plan(
        source_name=source_name,
        target_name=target_name,
        request=ScopeRequest(
            named=Scope(options["accounts"], options["namespaces"]),
            replace=options["replace"],
            revoke=options["revoke"],
            everything=options["all_service_accounts"],
        ),
        endpoint=endpoint(source, options["source_server"], options["source_ca"]),
        seconds=options["credential_duration"] or target_side.duration(target, source_name),
        earlier=earlier.read(source, target_name),
        wants_fallback=options["never_expiring_fallback"],
        commands=commands(options | contexts),
    )


def _print(source: Cluster, plan: Plan, output: str) -> None:
    bodies = {"source": plan.source_objects, "target": plan.target_objects()}
    lists = {side: manifests.as_list(objects) for side, objects in bodies.items()}
    click.echo(manifests.dump(lists, output))
    for body in (*plan.revoked_grants, *plan.obsolete_rights):
        say(source.context, f"{title(body)} would be deleted")


def _write(source: Cluster, plan: Plan, file: str) -> None:
    """The file is opened first: the source grants no token that can't be written."""
    with manifests.private(file) as writer, ExitStack() as stack:
        if file == manifests.STDOUT:
            # Standard output is the file: what is reported goes to standard error.
            stack.enter_context(redirect_stdout(sys.stderr))
        plan = settle(source, plan)
        credential = obtain(source, plan)
        writer.write(handover.text(plan, credential))
    show(summary(plan, credential, file), err=file == manifests.STDOUT)
