"""`kubemcsa bootstrap`: introduces a source cluster to a target cluster."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from kubemcsa import clusternames, duration, objects, rights, scope, tokenpolicy
from kubemcsa.cluster import Cluster, ClusterError, connect, object_path
from kubemcsa.endpoint import endpoint
from kubemcsa.scope import Scope
from kubemcsa.tokenrequest import request_token
from multicluster_service_account.names import API_VERSION, SYSTEM_NAMESPACE


@click.command()
@click.argument("contexts", nargs=-1, metavar="[TARGET_CONTEXT SOURCE_CONTEXT]")
@click.option("--target-context", help="Context of the cluster where the pods run.")
@click.option("--source-context", help="Context of the cluster that they call.")
@click.option("--target-kubeconfig", metavar="FILE", help="Kubeconfig of the target.")
@click.option("--source-kubeconfig", metavar="FILE", help="Kubeconfig of the source.")
@click.option("--target-name", help="What the source calls the target. [default: its cluster]")
@click.option("--source-name", help="What imports call the source. [default: its cluster]")
@click.option("--source-server", metavar="URL", help="The source as the target can reach it.")
@click.option(
    "--source-ca", type=click.Path(dir_okay=False, path_type=Path), help="The CA of that, PEM."
)
@click.option(
    "--credential-duration",
    type=duration.Duration(),
    default="720h",
    show_default=True,
    help="How long each credential is to be valid; it renews itself.",
)
@scope.options
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
    """  # noqa: D301
    allowed = Scope(accounts, namespaces)
    _take_arguments(contexts, options)
    target = connect(options["target_kubeconfig"], options["target_context"])
    source = connect(options["source_kubeconfig"], options["source_context"])
    target_name = options["target_name"] or (target.context if contexts else target.name)
    source_name = options["source_name"] or (source.context if contexts else source.name)
    clusternames.check(target_name, source_name)
    where = endpoint(source, options["source_server"], options["source_ca"])
    _check_source(source, allowed)
    _check_target(target, source_name)

    _let_in(source, target_name, allowed)
    seconds = options["credential_duration"]
    granted = request_token(source, SYSTEM_NAMESPACE, target_name, seconds)
    access = replace(where, token=granted.token, namespace=SYSTEM_NAMESPACE)
    _apply(target, [objects.namespace()])
    _put_credential(target, objects.credential(source_name, access))
    _apply(target, [objects.renewal(source_name, target_name, seconds)])
    click.echo(
        f"{target_name} can now import {allowed} of {source_name}. Its credential is valid"
        f" for {duration.text(granted.seconds)}, until {granted.expires}, and renews itself."
    )


def _take_arguments(contexts: tuple[str, ...], options: dict[str, Any]) -> None:
    if not contexts:
        return
    if len(contexts) != 2:
        raise click.UsageError("name both contexts, the target's first.")
    if options["target_context"] or options["source_context"]:
        raise click.UsageError("name the contexts as arguments or as options, not both.")
    options["target_context"], options["source_context"] = contexts


def _check_source(source: Cluster, allowed: Scope) -> None:
    missing = [name for name in allowed.names() if source.get(f"/api/v1/namespaces/{name}") is None]
    if missing:
        raise ClusterError(
            f"context {source.context}: there is no namespace {' and no namespace '.join(missing)}:"
            " create it first, or correct --service-account and --source-namespace."
        )


def _let_in(source: Cluster, target_name: str, allowed: Scope) -> None:
    """The target's identity may import what is allowed and, in the end, nothing else."""
    before = rights.existing(source, target_name)
    wanted = rights.rights(target_name, allowed)
    _apply(source, [objects.namespace(), *tokenpolicy.policy()])
    _apply(source, [objects.service_account(target_name), *wanted])
    for one in rights.without(before, wanted):
        source.delete(one)
        _say(source, one, "deleted")


def _check_target(target: Cluster, source_name: str) -> None:
    if target.get(f"/apis/{API_VERSION}") is None:
        raise ClusterError(
            f"context {target.context}: the cluster does not know ServiceAccountImports: install"
            " multicluster-service-account there first, or at least run"
            " kubectl apply -f deploy/crd.yaml."
        )
    _existing(target, {"apiVersion": "v1", "kind": "Secret", "metadata": _system(source_name)})


def _existing(target: Cluster, credential: objects.Object) -> objects.Object | None:
    found = target.get(object_path(credential))
    if found and not objects.is_ours(found):
        name = credential["metadata"]["name"]
        raise ClusterError(
            f"context {target.context}: Secret {SYSTEM_NAMESPACE}/{name} exists and was not made by"
            " kubemcsa: delete it, or choose another --source-name."
        )
    return found


def _put_credential(target: Cluster, credential: objects.Object) -> None:
    # Whatever appears or changes between the look and the write makes the write fail.
    if found := _existing(target, credential):
        version = {"resourceVersion": found["metadata"]["resourceVersion"]}
        credential["metadata"] |= version
        target.apply(credential)
    else:
        target.create(object_path(credential).rpartition("/")[0], credential)
    _say(target, credential)


def _apply(cluster: Cluster, wanted: list[objects.Object]) -> None:
    for one in wanted:
        cluster.apply(one)
        _say(cluster, one)


def _say(cluster: Cluster, one: objects.Object, done: str = "applied") -> None:
    click.echo(f"{cluster.context}: {objects.title(one)} {done}", err=True)


def _system(name: str) -> objects.Object:
    return {"namespace": SYSTEM_NAMESPACE, "name": name}
