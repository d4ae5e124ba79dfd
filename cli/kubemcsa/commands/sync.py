"""`kubemcsa sync`: runs the hooks once, without Metacontroller."""

import sys

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.connect import connect
from kubemcsa.api.import_list import list_imports
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.diagnosis.absence import no_imports
from kubemcsa.engine import one_sync
from kubemcsa.engine.hook_client import Hooks, hooks
from kubemcsa.engine.outcome import Outcome, failure
from kubemcsa.errors import ClusterError, KubemcsaError
from kubemcsa.options import completion, name_arguments, one_cluster
from kubemcsa.output import manifests
from kubemcsa.output.listing import listing
from kubemcsa.output.resource_name import resource_name
from kubemcsa.output.table import table
from kubemcsa.output.terminal import show


@click.command()
@click.argument("name", required=False, shell_complete=completion.imports)
@click.option(
    "-n",
    "--namespace",
    shell_complete=completion.namespaces,
    help="Namespace of the imports. [default: the context's]",
)
@click.option("-A", "--all-namespaces", is_flag=True, help="Imports of all namespaces.")
@one_cluster.options("that holds the imports")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Change nothing in that cluster; the hooks still call the sources, for tokens too.",
)
@click.option(
    "--hooks-url", metavar="URL", help="Call the hooks there. [default: run them in this process]"
)
@click.option("--hooks-ca-file", metavar="FILE", help="CA certificate (PEM) for --hooks-url.")
@click.option("--hooks-token-file", metavar="FILE", help="Bearer token for --hooks-url.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["yaml", "json", "name"]),
    help="What the hooks make, with the sizes of values instead of the values.",
)
def sync(  # noqa: PLR0913, PLR0917
    name: str | None,
    namespace: str | None,
    all_namespaces: bool,
    context: str | None,
    kubeconfig: str | None,
    dry_run: bool,
    hooks_url: str | None,
    hooks_ca_file: str | None,
    hooks_token_file: str | None,
    output: str | None,
) -> None:
    """Bring imports up to date once, as Metacontroller would.

    Prints a line per import and exits 1 if one of them is not Ready.

    \b
    Examples:
      kubemcsa sync -A --context cluster1
      kubemcsa sync cluster2-default-pod-lister -n default --dry-run -o yaml
    """  # noqa: D301
    if all_namespaces and (name or namespace):
        raise click.UsageError(
            "-A is for the imports of all namespaces: leave it out, or the name and -n."
        )
    if not hooks_url and (hooks_ca_file or hooks_token_file):
        raise click.UsageError("--hooks-ca-file and --hooks-token-file go with --hooks-url.")
    if name:
        name_arguments.check_no_namespace("sync", name)
    cluster = connect(kubeconfig, context)
    post = hooks(hooks_url, hooks_ca_file, hooks_token_file)
    scope = None if all_namespaces else namespace or cluster.namespace
    imports = _imports(cluster, name, scope)
    outcomes = [*filter(None, (_sync(cluster, post, sai, dry_run) for sai in imports))]
    if not outcomes:
        show(no_imports(cluster.context, scope, "add -A"), err=True)
    _print(cluster.context, outcomes, output)
    sys.exit(any(outcome.ready != "True" for outcome in outcomes))


def _sync(cluster: Cluster, post: Hooks, sai: Object, dry_run: bool) -> Outcome | None:
    """The outcome for one import; an error is an outcome, so that the next import is synced.

    None if the import has been deleted meanwhile.
    """
    try:
        return one_sync.sync(cluster, post, sai, dry_run=dry_run)
    except KubemcsaError as error:
        is_missing = isinstance(error, ClusterError) and error.status == 404
        return None if is_missing and _is_deleted(cluster, sai) else failure(sai, error)


def _is_deleted(cluster: Cluster, sai: Object) -> bool:
    """Whether the cluster says that the import is not there any more."""
    try:
        return not cluster.get(object_path(sai))
    except ClusterError:
        return False


def _imports(cluster: Cluster, name: str | None, namespace: str | None) -> list[Object]:
    """The import of that name, or all; of one namespace or, if it is None, of the cluster."""
    imports = list_imports(cluster, namespace)
    if name is None:
        return imports
    named = [sai for sai in imports if sai["metadata"]["name"] == name]
    if not named:
        names = sorted(sai["metadata"]["name"] for sai in imports)
        choice = f"one of {listing(names)}" if names else "another namespace by -n"
        raise ClusterError(
            f"context {cluster.context}: there is no import {namespace}/{name}: choose {choice}."
        )
    return named


def _print(context: str, outcomes: list[Outcome], output: str | None) -> None:
    if output == "name":
        show(*(resource_name(outcome.name) for outcome in outcomes))
    elif output:
        report = {"context": context, "imports": [outcome.report for outcome in outcomes]}
        click.echo(manifests.dump(report, output))
        return
    elif outcomes:
        rows = [("NAMESPACE", "NAME", "READY", "REASON", "EXPIRES")]
        rows += [(o.namespace, o.name, o.ready, o.reason, o.expires or "-") for o in outcomes]
        show(*table(rows))
    for outcome in outcomes:
        if outcome.ready != "True":
            show(f"{outcome.namespace}/{outcome.name}: {outcome.message}", err=True)
