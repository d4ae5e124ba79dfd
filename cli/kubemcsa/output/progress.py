"""Progress, for people, on standard error."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object
from kubemcsa.introduction.objects import title
from kubemcsa.output.terminal import show


def say(cluster: Cluster, one: Object, done: str) -> None:
    """Say what became of an object."""
    show(f"{cluster.context}: {title(one)} {done}", err=True)
