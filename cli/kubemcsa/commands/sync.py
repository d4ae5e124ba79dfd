"""`kubemcsa sync`: runs the hooks once, without Metacontroller."""

import sys

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.connect import connect
from kubemcsa.api.import_list import list_imports
from kubemcsa.api.object_paths import Object
from kubemcsa.engine import one_sync
from kubemcsa.engine.hook_client import Hooks, hooks
from kubemcsa.engine.one_sync import Outcome
from kubemcsa.errors import ClusterError, KubemcsaError
from kubemcsa.options import completion, request_timeout
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
@click.option(
    "--context",
    shell_complete=completion.contexts,
    help="Context of the cluster that holds the imports.",
)
@click.option("--kubeconfig", metavar="FILE", type=click.Path(), help="Kubeconfig of that cluster.")
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
@request_timeout.option
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
) -> None:
    """Bring imports up to date once, as Metacontroller would.

    Prints a line per import and exits 1 if one of them is not Ready.

    \b
    Examples:
      kubemcsa sync -A --context cluster1
      kubemcsa sync cluster2-default-pod-lister -n default --dry-run
    """  # noqa: D301
    if all_namespaces and (name or namespace):
        raise click.UsageError("-A goes with neither a name nor a namespace.")
    cluster = connect(kubeconfig, context)
    post = hooks(hooks_url, hooks_ca_file, hooks_token_file)
    imports = _imports(cluster, name, None if all_namespaces else namespace or cluster.namespace)
    outcomes = [_sync(cluster, post, parent, dry_run) for parent in imports]
    _print(outcomes)
    sys.exit(any(outcome.ready != "True" for outcome in outcomes))


def _sync(cluster: Cluster, post: Hooks, parent: Object, dry_run: bool) -> Outcome:
    """The outcome for one import; an error is an outcome, so that the next import is synced."""
    try:
        return one_sync.sync(cluster, post, parent, dry_run=dry_run)
    except KubemcsaError as error:
        metadata = parent["metadata"]
        key = (metadata["namespace"], metadata["name"])
        return Outcome(*key, "Unknown", "SyncFailed", str(error), "-")


def _imports(cluster: Cluster, name: str | None, namespace: str | None) -> list[Object]:
    """The import of that name, or all; of one namespace or, if it is None, of the cluster."""
    imports = [
        parent
        for parent in list_imports(cluster, namespace)
        if name in (None, parent["metadata"]["name"])
    ]
    if not imports and name:
        raise ClusterError(f"context {cluster.context}: there is no import {namespace}/{name}.")
    return imports


def _print(outcomes: list[Outcome]) -> None:
    if not outcomes:
        show("No imports found.", err=True)
        return
    rows = [("NAMESPACE", "NAME", "READY", "REASON", "EXPIRES")]
    rows += [(o.namespace, o.name, o.ready, o.reason, o.expires) for o in outcomes]
    show(*table(rows))
    for outcome in outcomes:
        if outcome.ready != "True":
            show(f"{outcome.namespace}/{outcome.name}: {outcome.message}", err=True)
