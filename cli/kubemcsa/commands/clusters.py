"""`kubemcsa clusters`: which clusters are registered."""

import time

import click

from kubemcsa.api.connect import connect
from kubemcsa.diagnosis import cluster_tables
from kubemcsa.diagnosis.absence import no_clusters
from kubemcsa.diagnosis.cluster_report import cluster_report
from kubemcsa.diagnosis.registered_clusters import registered_clusters
from kubemcsa.options import one_cluster
from kubemcsa.output import manifests
from kubemcsa.output.command_lines import bootstrap
from kubemcsa.output.table import table
from kubemcsa.output.terminal import show


@click.command()
@one_cluster.options("where they are registered")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["yaml", "json", "name"]),
    help="For scripts: see docs/status.md.",
)
def clusters(context: str | None, kubeconfig: str | None, output: str | None) -> None:
    """List the registered clusters, and what may be imported from each.

    No source is called: MAY IMPORT is what the last kubemcsa bootstrap allowed, and unknown for
    clusters that it did not register. kubemcsa status says what is the matter with a cluster.

    \b
    Examples:
      kubemcsa clusters --context cluster1
      kubemcsa clusters -o name
    """  # noqa: D301
    target = connect(kubeconfig, context)
    command = bootstrap(kubeconfig, target.context)
    registered = registered_clusters(target, time.time(), command=command)
    if output == "name":
        show(*(cluster.name for cluster in registered))
    elif output:
        reports = [cluster_report(cluster) for cluster in registered]
        report = {"context": target.context, "clusters": reports}
        click.echo(manifests.dump(report, output))
    elif registered:
        show(*table(cluster_tables.of_names(registered)))
    else:
        show(no_clusters(target.context), err=True)
