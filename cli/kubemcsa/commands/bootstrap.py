"""`kubemcsa bootstrap`: introduces a source cluster to a target cluster."""

from pathlib import Path
from typing import Any

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.cluster_endpoint import endpoint
from kubemcsa.api.connect import connect
from kubemcsa.api.object_paths import Object
from kubemcsa.introduction import cluster_names, handover, source_side, target_side
from kubemcsa.introduction.objects import title
from kubemcsa.introduction.scope import Scope
from kubemcsa.options import duration, scope_options, two_clusters
from kubemcsa.output import manifests
from kubemcsa.output.progress import say
from kubemcsa.output.terminal import show
from mcsa_core.access import Access
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import MAX_EXPIRATION


@click.command()
@two_clusters.options
@click.option("--source-server", metavar="URL", help="The source as the target can reach it.")
@click.option(
    "--source-ca", type=click.Path(dir_okay=False, path_type=Path), help="The CA of that, PEM."
)
@click.option(
    "--credential-duration",
    type=duration.Duration(MAX_EXPIRATION),
    default="720h",
    show_default=True,
    help="How long each credential is to be valid, at most a year; it renews itself.",
)
@scope_options.options
@click.option(
    "--target-manifests",
    metavar="FILE",
    help="Don't call the target: write what it needs, for its own administrator. - is stdout.",
)
@click.option("--dry-run", is_flag=True, help="Print all objects, without a token; change nothing.")
@click.option(
    "-o", "--output", type=click.Choice(["yaml", "json"]), help="Of --dry-run. [default: yaml]"
)
def bootstrap(
    contexts: tuple[str, ...],
    accounts: tuple[tuple[str, str], ...],
    namespaces: tuple[str, ...],
    **options: Any,
) -> None:
    """Let the target cluster import service accounts of the source cluster.

    Makes an identity for the target in the source, and puts a credential of it into the target,
    where it renews itself. Run it again to repair, to renew, or with other accounts or namespaces:
    the target may import what the last run says, and nothing else.

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
    allowed, seconds = Scope(accounts, namespaces), options["credential_duration"]
    to, target_name = _target(contexts, options)
    of = connect(options["source_kubeconfig"], options["source_context"])
    source_name = options["source_name"] or (of.context if contexts else of.name)
    cluster_names.check(target_name, source_name)
    where = endpoint(of, options["source_server"], options["source_ca"])

    def registration(token: str) -> list[Object]:
        access = Access(where, token, SYSTEM_NAMESPACE)
        return target_side.wanted(source_name, target_name, access, seconds)

    source_side.check(of, target_name, allowed)
    if to:
        target_side.check(to, registration(""))
    source_side.say_if_it_widens(of, target_name, allowed)

    if options["dry_run"]:
        both = {"source": source_side.wanted(target_name, allowed), "target": registration("")}
        lists = {side: manifests.as_list(found) for side, found in both.items()}
        click.echo(manifests.dump(lists, options["output"] or "yaml"))
        for one in source_side.unwanted(of, target_name, allowed):
            say(of.context, f"{title(one)} would be deleted")
        return

    file, later = options["target_manifests"], ""
    if to:
        granted = source_side.let_in(of, target_name, allowed, seconds)
        target_side.register(to, registration(granted.token))
    else:
        with manifests.private(file) as opened:
            granted = source_side.let_in(of, target_name, allowed, seconds)
            objects = registration(granted.token)
            opened.write(handover.text(source_name, target_name, where, granted, objects))
        later = f", once kubectl apply --server-side -f {file} has been run there"
    show(
        f"{target_name} can now import {allowed} of {source_name}{later}. Its credential"
        f"{f', which {file} holds,' if later else ''} is valid for"
        f" {duration.text(granted.seconds)}, until {granted.expires}, and renews itself.",
        err=file == manifests.STDOUT,
    )


def _target(contexts: tuple[str, ...], options: dict[str, Any]) -> tuple[Cluster | None, str]:
    """The target, None where only its manifests are wanted, and its name."""
    kubeconfig, context = options["target_kubeconfig"], options["target_context"]
    name = options["target_name"] or (context if contexts else None)
    if not options["target_manifests"]:
        cluster = connect(kubeconfig, context)
        return cluster, name or cluster.name
    if not (name or kubeconfig or context):
        raise click.UsageError("--target-manifests takes the target's name: add --target-name.")
    return None, name or connect(kubeconfig, context).name
