"""`kubemcsa export`: prints one service account's kubeconfig as a Secret."""

from typing import Any

import click

from kubemcsa.api.cluster_endpoint import endpoint
from kubemcsa.api.connect import connect
from kubemcsa.api.token_request import request_token
from kubemcsa.options import duration
from kubemcsa.output import manifests
from kubemcsa.output.terminal import show
from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.names import is_label, is_subdomain


@click.command()
@click.argument("name")
@click.option(
    "-n", "--namespace", help="Namespace of the service account. [default: the context's]"
)
@click.option("--context", help="Context of the cluster that has it.")
@click.option("--kubeconfig", metavar="FILE", help="Kubeconfig of that cluster.")
@click.option("--as", "as_name", metavar="NAME", help="Name of the Secret. [default: NAME]")
@click.option(
    "--duration",
    "seconds",
    type=duration.Duration(),
    default="720h",
    show_default=True,
    help="How long the token is to be valid; nothing renews it.",
)
@click.option("-o", "--output", type=click.Choice(["yaml", "json"]), default="yaml")
def export(  # noqa: PLR0913, PLR0917
    name: str,
    namespace: str | None,
    context: str | None,
    kubeconfig: str | None,
    as_name: str | None,
    seconds: int,
    output: str,
) -> None:
    """Print a Secret with a token and kubeconfig of the service account NAME.

    It is for one-off imports; it expires, and nothing renews it.

    \b
    Example:
      kubemcsa export pod-lister --context cluster2 -n default \\
        | kubectl apply --context cluster1 -n default --server-side -f -
    """  # noqa: D301
    cluster = connect(kubeconfig, context)
    namespace = namespace or cluster.namespace
    for value, allowed in (
        (name, is_subdomain),
        (as_name or name, is_subdomain),
        (namespace, is_label),
    ):
        if not allowed(value):
            raise click.UsageError(f"{value!r} is no name that Kubernetes allows.")
    where = endpoint(cluster)
    granted = request_token(cluster, namespace, name, seconds)
    access = Access(where, granted.token, namespace)
    name = as_name or name
    made: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "Opaque",
        "data": secret.data(name, access),
    }
    click.echo(manifests.dump(made, output))
    show(
        f"The token is valid for {duration.text(granted.seconds)}, until {granted.expires}.",
        err=True,
    )
