"""`kubemcsa`: its commands and what they have in common."""

import re

import click

from kubemcsa.bootstrap import bootstrap
from kubemcsa.export import export
from kubemcsa.status import status
from kubemcsa.sync import sync
from kubemcsa.unbootstrap import unbootstrap


class Kubectl(click.Group):
    """Takes `-n=default` for `-n default`, as kubectl does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments of the command, if any."""
        return super().parse_args(ctx, [re.sub(r"^(-[A-Za-z])=", r"\1", arg) for arg in args])


@click.group(cls=Kubectl, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="multicluster-service-account")
def main() -> None:
    """Let pods of one Kubernetes cluster call the API of another.

    For shell completion, see `eval "$(_KUBEMCSA_COMPLETE=bash_source kubemcsa)"` (or zsh, fish).
    """


main.add_command(bootstrap)
main.add_command(export)
main.add_command(status)
main.add_command(sync)
main.add_command(unbootstrap)
