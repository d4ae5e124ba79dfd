"""Progress, for people, on standard error."""

from kubemcsa.cluster import Cluster
from kubemcsa.objects import title
from kubemcsa.paths import Object
from kubemcsa.terminal import show


def say(cluster: Cluster, one: Object, done: str) -> None:
    """Say what became of an object."""
    show(f"{cluster.context}: {title(one)} {done}", err=True)
