"""`kubemcsa export`: prints one service account's kubeconfig as a Secret."""

from typing import Any

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.cluster_endpoint import endpoint
from kubemcsa.api.connect import connect
from kubemcsa.api.lifetime import text
from kubemcsa.api.token_request import GrantedToken, request_token
from kubemcsa.errors import ClusterError
from kubemcsa.options import completion, duration, name_arguments, one_cluster
from kubemcsa.output import manifests
from kubemcsa.output.terminal import show
from mcsa_core import secret as secrets
from mcsa_core.access import Access
from mcsa_core.names import is_label, is_subdomain
from mcsa_core.token import MIN_EXPIRATION


@click.command()
@click.argument("name")
@click.option(
    "-n",
    "--namespace",
    shell_complete=completion.namespaces,
    help="Namespace of the service account. [default: the context's]",
)
@one_cluster.options("that has the service account")
@click.option(
    "--secret-name",
    "--as",
    "secret_name",
    metavar="NAME",
    help="Name of the Secret. [default: the service account's] --as is the same, as in the"
    " original; unlike kubectl's it impersonates no one.",
)
@click.option(
    "--duration",
    "seconds",
    type=duration.Duration(shortest=MIN_EXPIRATION),
    default="720h",
    show_default=True,
    help="How long the token is to be valid; nothing renews it.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    show_default=True,
    help="Format of the Secret.",
)
def export(  # noqa: PLR0913, PLR0917
    name: str,
    namespace: str | None,
    context: str | None,
    kubeconfig: str | None,
    secret_name: str | None,
    seconds: int,
    output: str,
) -> None:
    """Print a Secret with a token and kubeconfig of the service account NAME.

    It is for one-off imports; it expires, nothing renews it, and it is bound to no grant: to end it
    sooner, delete the service account and make it anew.

    \b
    Example:
      kubemcsa export pod-lister --context cluster2 -n default \\
        | kubectl apply --context cluster1 -n default --server-side -f -
    """  # noqa: D301
    name_arguments.check_no_namespace("export", name)
    _check_name("service account", name, is_subdomain(name))
    _check_name("Secret", secret_name or name, is_subdomain(secret_name or name))
    _check_name("namespace", namespace or "default", is_label(namespace or "default"))
    cluster = connect(kubeconfig, context)
    account = (namespace or cluster.namespace, name)
    secret, granted = _secret(cluster, account, secret_name or name, seconds)
    click.echo(manifests.dump(secret, output))
    life = text(granted.seconds)
    show(f"The token is valid for {life}, until {granted.expires}.", err=True)


def _check_name(kind: str, name: str, is_legal: bool) -> None:
    if not is_legal:
        raise click.UsageError(
            f"{name!r} can't be the name of a {kind}: it has other characters than a to z, 0 to 9,"
            " - and (but for namespaces) ., begins or ends with one of these, or is too long."
        )


def _secret(
    cluster: Cluster, account: tuple[str, str], name: str, seconds: int
) -> tuple[dict[str, Any], GrantedToken]:
    """The Secret `name` for the account, namespace and name, and the token in it."""
    source = endpoint(cluster)
    try:
        granted = request_token(cluster, *account, seconds)
    except ClusterError as error:
        if error.status != 404:
            raise
        raise _no_account(cluster, *account) from error
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "Opaque",
        "data": secrets.data(name, Access(source, granted.token, account[0])),
    }
    return secret, granted


def _no_account(cluster: Cluster, namespace: str, name: str) -> ClusterError:
    kubectl = f"{cluster.kubectl} -n {namespace}"
    return ClusterError(
        f"context {cluster.context}: there is no service account {namespace}/{name}: choose one"
        f" that {kubectl} get serviceaccounts lists, or run {kubectl} create serviceaccount {name}."
    )
