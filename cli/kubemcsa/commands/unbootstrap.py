"""`kubemcsa unbootstrap`: takes back what bootstrap has made."""

import sys
from collections.abc import Callable
from typing import Any

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.connect import connect
from kubemcsa.errors import ClusterError, KubemcsaError
from kubemcsa.introduction import cluster_names
from kubemcsa.introduction.leftovers import Leftovers
from kubemcsa.introduction.objects import title
from kubemcsa.introduction.source_leftovers import in_source, target_names
from kubemcsa.introduction.taking_back import Side, take_back
from kubemcsa.introduction.target_leftovers import in_target, source_names
from kubemcsa.options import request_timeout, two_clusters
from kubemcsa.output.command_lines import swapped
from kubemcsa.output.progress import report, say
from kubemcsa.output.terminal import show
from mcsa_core.names import SUBDOMAIN_LENGTH

_SHOWN = 10


@click.command()
@two_clusters.options
@click.option("--yes", is_flag=True, help="Delete without asking.")
@click.option("--dry-run", is_flag=True, help="Print what would be deleted, and delete nothing.")
@request_timeout.option
def unbootstrap(contexts: tuple[str, ...], yes: bool, dry_run: bool, **options: Any) -> None:
    """Take back what bootstrap has made, in both clusters or in the one that you name.

    The target is the cluster where the pods run, the source is the cluster that they call. Shows
    what is to be deleted, and asks. Only what kubemcsa made is deleted, and what other clusters use
    stays. If one cluster can't be reached, the half of the other one is deleted all the same. To
    take single accounts away, run kubemcsa bootstrap --replace with those that are to stay.

    \b
    Examples:
      kubemcsa unbootstrap --target-context cluster1 --source-context cluster2
      kubemcsa unbootstrap --source-context cluster2 --target-name cluster1
      kubemcsa unbootstrap --target-context cluster1 --source-name cluster2 --yes
    """  # noqa: D301
    two_clusters.take_arguments(contexts, options)
    failures: list[str] = []
    plans: list[tuple[Side, Leftovers]] = []
    for side in _sides(options):
        try:
            plans.append((side, side.find(side.cluster, side.other_name)))
        except ClusterError as error:
            # The other cluster's half goes all the same.
            failures.append(str(error))
    for side, leftovers in plans:
        _show(side.cluster, leftovers, report if dry_run else say)
    if not any(leftovers.objects for _, leftovers in plans):
        show(
            f"There is nothing to take back{_suspicion([side for side, _ in plans], options)}.",
            err=True,
        )
    elif not dry_run:
        _confirm(yes)
        for side, leftovers in plans:
            failures += take_back(side, leftovers)
    for failure in failures:
        show(f"Error: {failure}", err=True)
    sys.exit(bool(failures))


def _sides(options: dict[str, Any]) -> list[Side]:
    """The clusters that are named; the source first, where the credential ends."""
    target, source = _cluster(options, "target"), _cluster(options, "source")
    if not (target or source):
        raise click.UsageError(
            "name the clusters, or one of them: add --target-context or --source-context."
        )
    target_name = _name(options, "target", target, source, target_names)
    source_name = _name(options, "source", source, target, source_names)
    # An earlier bootstrap took longer names than it does now.
    cluster_names.check(
        target_name if source else None, source_name if target else None, SUBDOMAIN_LENGTH
    )
    sides = []
    if source:
        result = f"{target_name} may not import from here any more."
        sides.append(Side(source, target_name, in_source, result))
    if target:
        result = f"{source_name} is not registered here any more."
        sides.append(Side(target, source_name, in_target, result))
    return sides


def _cluster(options: dict[str, Any], side: str) -> Cluster | None:
    kubeconfig, context = options[f"{side}_kubeconfig"], options[f"{side}_context"]
    return connect(kubeconfig, context) if kubeconfig or context else None


def _name(
    options: dict[str, Any],
    side: str,
    cluster: Cluster | None,
    other_cluster: Cluster | None,
    known_names: Callable[[Cluster], list[str]],
) -> str:
    """The name of a side; a usage error, with the names that the other cluster knows, if none."""
    if name := options[f"{side}_name"] or (cluster and cluster.name):
        return str(name)
    names = known_names(other_cluster) if other_cluster else []
    flags = " or ".join(f"--{side}-name {name}" for name in names[:_SHOWN])
    raise click.UsageError(
        f"which {side} is it? Add {flags or f'--{side}-name, as it was at bootstrap'}."
    )


def _show(cluster: Cluster, leftovers: Leftovers, tell: Callable[[str, str], None]) -> None:
    for body in leftovers.objects:
        tell(cluster.context, f"{title(body)} is to be deleted")
    for remark in leftovers.remarks:
        say(cluster.context, remark)


def _suspicion(sides: list[Side], options: dict[str, Any]) -> str:
    """Whether the two are swapped, as far as can be seen: the source has the target registered."""
    if len(sides) < 2 or sides[0].other_name not in source_names(sides[0].cluster):
        return ""
    return (
        f", but in context {sides[0].cluster.context} {sides[0].other_name} is registered: are the"
        f" two swapped? Then run {swapped('kubemcsa unbootstrap', options)}"
    )


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise KubemcsaError("nothing was deleted, as standard input is no terminal: add --yes.")
    click.confirm("Delete it?", abort=True, err=True)
