"""`kubemcsa`: its commands and what they have in common."""

import click

from kubemcsa.bootstrap import bootstrap
from kubemcsa.export import export
from kubemcsa.sync import sync


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="multicluster-service-account")
def main() -> None:
    """Let pods of one Kubernetes cluster call the API of another.

    For shell completion, see `eval "$(_KUBEMCSA_COMPLETE=bash_source kubemcsa)"` (or zsh, fish).
    """


main.add_command(bootstrap)
main.add_command(export)
main.add_command(sync)
