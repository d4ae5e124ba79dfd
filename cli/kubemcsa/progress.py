"""Progress, for people, on standard error."""

import click

from kubemcsa.cluster import Cluster
from kubemcsa.objects import title
from kubemcsa.paths import Object


def say(cluster: Cluster, one: Object, done: str) -> None:
    """Say what became of an object."""
    click.echo(f"{cluster.context}: {title(one)} {done}", err=True)
