"""Deleting what an introduction has left, and waiting until the source refuses the tokens."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import token_refusal
from kubemcsa.introduction.leftovers import Leftovers
from kubemcsa.introduction.objects import title
from kubemcsa.introduction.token_refusal import Probe
from kubemcsa.output.progress import report, say


@dataclass(frozen=True)
class Side:
    """One of the two clusters, and what the other one is called there."""

    cluster: Cluster
    other_name: str
    find: Callable[[Cluster, str], Leftovers]
    result: str


def take_back(side: Side, leftovers: Leftovers) -> list[str]:
    """What went wrong, whole sentences; without that everything is deleted and tokens have ended.

    Where something of `revocable` can't be deleted, its rest is, and nothing of `deletable`.
    """
    if leftovers.revocable:
        name = side.other_name
        probe = token_refusal.request_probe(side.cluster, name, leftovers.revocable)
        failures = _delete(side.cluster, leftovers.revocable, token_refusal.delete)
        if failures:
            return failures
        try:
            _await_refusal(side.cluster, name, probe)
        except ClusterError as error:
            return [str(error)]
    failures = _delete(side.cluster, leftovers.deletable, Cluster.delete)
    if not failures:
        report(side.cluster.context, side.result)
    return failures


def _delete(
    cluster: Cluster, bodies: list[Object], delete: Callable[[Cluster, Object], None]
) -> list[str]:
    """What went wrong; nothing of that keeps the rest, unless the cluster can't be reached."""
    failures = []
    for body in bodies:
        try:
            delete(cluster, body)
        except ClusterError as error:
            failures.append(str(error))
            if error.status is None:
                break
        else:
            report(cluster.context, f"{title(body)} deleted")
    return failures


def _await_refusal(source: Cluster, target_name: str, probe: Probe | None) -> None:
    """ClusterError if the source goes on to accept tokens; without a probe nothing is known."""
    deleted_at = time.monotonic()
    say(source.context, f"waiting until tokens of {target_name} are refused")
    if probe is None:
        time.sleep(token_refusal.CACHE_SECONDS)
        return
    seconds = token_refusal.await_refusal(probe, deleted_at)
    result = f"{seconds} seconds after the deletion, {target_name}'s credential is refused"
    if probe.is_limited:
        result += ", and so are all tokens that were bound to its grants."
    else:
        result += (
            ". Tokens that it requested for other accounts are good until they expire, at most a"
            " year, or until these accounts are deleted."
        )
    report(source.context, result)
