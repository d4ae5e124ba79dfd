"""`kubemcsa unbootstrap`: takes back what bootstrap has made."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.connect import connect
from kubemcsa.errors import ClusterError, KubemcsaError
from kubemcsa.introduction import cluster_names, leftovers
from kubemcsa.introduction.leftovers import Leftovers
from kubemcsa.introduction.objects import title
from kubemcsa.options import two_clusters
from kubemcsa.output.progress import say
from kubemcsa.output.terminal import show
from mcsa_core.names import SUBDOMAIN_LENGTH


@dataclass(frozen=True)
class _Side:
    """One of the two clusters, and what the other one is called there."""

    cluster: Cluster
    other: str
    find: Callable[[Cluster, str], Leftovers]
    result: str


@click.command()
@two_clusters.options
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and delete nothing.")
def unbootstrap(contexts: tuple[str, ...], yes: bool, dry_run: bool, **options: Any) -> None:
    """Take back what bootstrap has made, in both clusters or in the one that you name.

    Shows what will go, and asks. Only what kubemcsa made goes, and what other clusters use stays.
    If one of the clusters can't be reached, the other one's half goes all the same.

    \b
    Examples:
      kubemcsa unbootstrap --target-context cluster1 --source-context cluster2
      kubemcsa unbootstrap --source-context cluster2 --target-name cluster1
      kubemcsa unbootstrap --target-context cluster1 --source-name cluster2 --yes
    """  # noqa: D301
    two_clusters.take_arguments(contexts, options)
    failures: list[str] = []
    plans: list[tuple[_Side, Leftovers]] = []
    for side in _sides(contexts, options):
        with _collected(failures):
            plans.append((side, side.find(side.cluster, side.other)))
    for side, found in plans:
        _show(side.cluster, found)
    if not any(found.going for _, found in plans):
        show("There is nothing to take back.", err=True)
    elif not dry_run:
        _confirm(yes)
        for side, found in plans:
            with _collected(failures):
                _delete(side, found)
    for failure in failures:
        show(f"Error: {failure}", err=True)
    sys.exit(bool(failures))


def _sides(contexts: tuple[str, ...], options: dict[str, Any]) -> list[_Side]:
    """Those that are named; the source first, where the credential ends."""
    target, source = _named(options, "target"), _named(options, "source")
    if not (target or source):
        raise click.UsageError(
            "name the clusters, or one of them: add --target-context or --source-context."
        )
    found = []
    if source:
        name = _name(contexts, options, "target", target)
        # An earlier bootstrap took longer names than it does now.
        cluster_names.check_target(name, SUBDOMAIN_LENGTH)
        result = f"{name} may not import from here any more."
        found.append(_Side(source, name, leftovers.in_source, result))
    if target:
        name = _name(contexts, options, "source", source)
        cluster_names.check_source(name)
        result = f"{name} is not registered here any more."
        found.append(_Side(target, name, leftovers.in_target, result))
    return found


def _named(options: dict[str, Any], side: str) -> Cluster | None:
    kubeconfig, context = options[f"{side}_kubeconfig"], options[f"{side}_context"]
    return connect(kubeconfig, context) if kubeconfig or context else None


def _name(
    contexts: tuple[str, ...], options: dict[str, Any], side: str, cluster: Cluster | None
) -> str:
    if given := options[f"{side}_name"]:
        return str(given)
    if cluster is None:
        raise click.UsageError(f"which {side} is it? Add --{side}-name, as it was at bootstrap.")
    return cluster.context if contexts else cluster.name


def _show(cluster: Cluster, found: Leftovers) -> None:
    for one in found.going:
        say(cluster.context, f"{title(one)} is to be deleted")
    for remark in found.remarks:
        say(cluster.context, remark)


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise KubemcsaError("nothing was deleted, as nobody can be asked: add --yes.")
    click.confirm("Delete it?", abort=True, err=True)


def _delete(side: _Side, found: Leftovers) -> None:
    for one in found.going:
        side.cluster.delete(one)
        say(side.cluster.context, f"{title(one)} deleted")
    show(f"{side.cluster.context}: {side.result}")


@contextmanager
def _collected(failures: list[str]) -> Iterator[None]:
    """What fails inside is said later, so that the other cluster has its turn."""
    try:
        yield
    except ClusterError as error:
        failures.append(str(error))
