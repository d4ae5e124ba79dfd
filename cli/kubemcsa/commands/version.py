"""`kubemcsa version`: which release this is."""

from importlib import metadata

import click


@click.command()
@click.pass_context
def version(ctx: click.Context) -> None:
    """Show the version of this program."""
    release = metadata.version("multicluster-service-account")
    click.echo(f"{ctx.find_root().info_name}, version {release}")
