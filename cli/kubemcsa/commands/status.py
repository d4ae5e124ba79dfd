"""`kubemcsa status`: which clusters are registered, and what is the matter."""

import sys
import time

import click

from kubemcsa.api.connect import connect
from kubemcsa.diagnosis import cluster_tables, probe
from kubemcsa.diagnosis.absence import no_clusters, no_imports
from kubemcsa.diagnosis.cluster_health import ClusterHealth
from kubemcsa.diagnosis.cluster_report import cluster_report, import_report
from kubemcsa.diagnosis.import_health import ImportHealth
from kubemcsa.diagnosis.registered_clusters import registered_clusters
from kubemcsa.errors import ClusterError
from kubemcsa.options import completion, one_cluster
from kubemcsa.output import manifests
from kubemcsa.output.command_lines import bootstrap
from kubemcsa.output.resource_name import resource_name
from kubemcsa.output.table import table
from kubemcsa.output.terminal import show


class CouldNotAskError(click.ClickException):
    """What is registered can't be read, so nothing is known to be wrong."""

    exit_code = 3


@click.command()
@click.option(
    "-n",
    "--namespace",
    shell_complete=completion.namespaces,
    help="Only this namespace's imports, and the clusters that they name. [default: all]",
)
@one_cluster.options("that holds the imports")
@click.option(
    "--check",
    is_flag=True,
    help="Call the sources too, from here: whether they would give the tokens; request none.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["yaml", "json", "name"]),
    help="For scripts: see docs/status.md; name: the imports that are not Ready.",
)
def status(
    namespace: str | None,
    context: str | None,
    kubeconfig: str | None,
    check: bool,
    output: str | None,
) -> None:
    """Show the registered clusters, and the imports that are not Ready.

    Takes the rights to list imports, and Secrets of the namespace multicluster-service-account.
    SURVIVES OUTAGE is how long the hooks may stand still before the credential expires, RENEWAL
    what became of its last renewal, and OTHER SECRETS counts those of spec.secrets.

    \b
    Examples:
      kubemcsa status --context cluster1
      kubemcsa status --check -o json
      kubemcsa status -n default
    """  # noqa: D301
    try:
        target = connect(kubeconfig, context)
        command = bootstrap(kubeconfig, target.context)
        clusters = registered_clusters(target, time.time(), namespace, command)
    except ClusterError as error:
        raise CouldNotAskError(str(error)) from error
    for cluster in clusters if check else ():
        _check(cluster)
    not_ready = _not_ready(clusters, namespace)
    healthy = not (not_ready or any(cluster.problems for cluster in clusters))
    if output in ("yaml", "json"):
        report = {
            "context": target.context,
            "healthy": healthy,
            "clusters": [cluster_report(cluster) for cluster in clusters],
            "notReady": [import_report(sai) for sai in not_ready],
        }
        click.echo(manifests.dump(report, str(output)))
    else:
        _print(target.context, namespace, clusters, not_ready, names_only=bool(output))
    sys.exit(not healthy)


def _check(cluster: ClusterHealth) -> None:
    """Add what the source says of the credential to the problems."""
    accounts = sorted({sai.account for sai in cluster.imports})
    problems = probe.problems(cluster.name, cluster.accesses, accounts, cluster.command)
    cluster.checked = not problems
    cluster.problems += problems


def _not_ready(clusters: list[ClusterHealth], namespace: str | None) -> list[ImportHealth]:
    """Those of the namespace, or of all, by namespace and name."""
    imports = [sai for cluster in clusters for sai in cluster.imports]
    not_ready = [sai for sai in imports if not sai.ready and namespace in (None, sai.namespace)]
    return sorted(not_ready, key=lambda sai: (sai.namespace, sai.name))


def _print(
    context: str,
    namespace: str | None,
    clusters: list[ClusterHealth],
    not_ready: list[ImportHealth],
    *,
    names_only: bool,
) -> None:
    if names_only:
        show(*(resource_name(sai.name) for sai in not_ready))
    elif clusters:
        show(*table(cluster_tables.of_health(clusters)))
    elif namespace:
        show(no_imports(context, namespace, "leave out -n"), err=True)
    else:
        show(no_clusters(context), err=True)
    for cluster in clusters:
        for problem in cluster.problems:
            show(f"cluster {cluster.name}: {problem}", err=True)
    for sai in not_ready:
        show(f"{sai.namespace}/{sai.name}: {sai.reason}: {sai.message}", err=True)
