"""The program `kubemcsa`: lists its commands, loads the one that is called, shows its errors."""

import re
import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from kubemcsa.errors import InputError, KubemcsaError

_COMMANDS = {
    "bootstrap": "Let the target cluster import service accounts of the source cluster.",
    "clusters": "List the registered clusters, and what may be imported from each.",
    "export": "Print a Secret with a token and kubeconfig of the service account NAME.",
    "status": "Show the registered clusters, and the imports that are not Ready.",
    "sync": "Bring imports up to date once, as Metacontroller would.",
    "unbootstrap": (
        "Take back what bootstrap has made, in both clusters or in the one that you name."
    ),
    "version": "Show the version of this program.",
}
"""The first line of each command's help; to list commands loads none of them."""


_PLUGIN = "kubectl mcsa"


class KubemcsaGroup(click.Group):
    """Takes `-n=default` for `-n default`, as kubectl does; loads a command when it is called."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run as kubemcsa or, if the file that was called has that name, as kubectl's plugin."""
        if Path(sys.argv[0]).stem == _PLUGIN.replace(" ", "-"):
            options.setdefault("prog_name", _PLUGIN)
        return super().main(*args, **options)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments of the command, if any."""
        return super().parse_args(ctx, [re.sub(r"^(-[A-Za-z])=", r"\1", arg) for arg in args])

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A command with its name and help only, for lists and completion; None if unknown."""
        text = _COMMANDS.get(cmd_name)
        return click.Command(cmd_name, help=text) if text else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first argument names, loaded, and the other arguments."""
        try:
            name, listed, rest = super().resolve_command(ctx, args)
        except click.UsageError as error:
            if not (similar := get_close_matches(args[0], _COMMANDS, n=1)):
                raise
            message = f"{error.message} Did you mean {similar[0]}?"
            raise click.UsageError(message, ctx) from None
        return name, command(name) if name else listed, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error's message is printed with control characters as escapes."""
        from kubemcsa.output.terminal import visible  # noqa: PLC0415 - --help does without

        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            error.message = visible(error.message)  # type: ignore[misc]
            raise
        except InputError as error:
            name = str(ctx.invoked_subcommand)
            usage = click.Context(command(name), parent=ctx, info_name=name)
            raise click.UsageError(visible(str(error)), usage) from error
        except KubemcsaError as error:
            raise click.ClickException(visible(str(error))) from error


def command(name: str) -> click.Command:
    """The command of that name, which exists: it bears the name of its module."""
    loaded: click.Command = getattr(import_module(f"kubemcsa.commands.{name}"), name)
    return loaded


@click.group(cls=KubemcsaGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="multicluster-service-account")
def main() -> None:
    """Let pods of one Kubernetes cluster call the API of another.

    The target is the cluster where the pods run, the source is the cluster that they call.

    Completion of bash (zsh and fish likewise), which kubectl's own does for kubectl mcsa:

    \b
      eval "$(_KUBEMCSA_COMPLETE=bash_source kubemcsa)"

    Exit codes: 0, 1 for a failure (of status and sync: something is not well), 2 for a mistake in
    the command line, 3 if status could not ask.
    """  # noqa: D301


def complete_plugin() -> None:
    """Print how the words after `kubectl mcsa` can go on.

    kubectl's own completion calls the program kubectl_complete-mcsa with them, the last of which is
    incomplete, and takes lines of a word, a tab and its help; the last is a directive of Cobra.
    """
    from click.shell_completion import ShellComplete  # noqa: PLC0415 - --help does without

    *words, incomplete = sys.argv[1:] or [""]
    items = ShellComplete(main, {}, _PLUGIN, "").get_completions(words, incomplete)
    names = [item for item in items if item.type == "plain"]
    for item in names:
        click.echo(f"{item.value}\t{item.help}" if item.help else item.value)
    complete_no_files = 4
    click.echo(f":{complete_no_files if len(names) == len(items) else 0}")
