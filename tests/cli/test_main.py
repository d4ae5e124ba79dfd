"""What `kubemcsa` shows before a command is called, and what that takes."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kubemcsa.main import command, main
from support.samples.kubeconfigs import kubeconfig

HEAVY = {"flask", "hashlib", "json", "kubernetes", "requests", "ssl", "urllib3", "yaml"}
LOADED = """
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
from kubemcsa.main import main
main(prog_name="kubemcsa")
"""


def run(*args: str, **environ: str) -> tuple[str, set[str]]:
    """What `kubemcsa` prints in a process of its own, and the modules that it has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *args],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, set(done.stderr.split())


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_loads_no_command(flag: str) -> None:
    printed, modules = run(flag)
    assert all(f"\n  {name} " in printed for name in main.list_commands(click.Context(main)))
    assert not HEAVY & modules
    assert {name for name in modules if name.startswith("kubemcsa")} == {
        "kubemcsa",
        "kubemcsa.errors",
        "kubemcsa.main",
    }


def test_completion_loads_no_command() -> None:
    words = {"COMP_WORDS": "kubemcsa ", "COMP_CWORD": "1", "_KUBEMCSA_COMPLETE": "bash_complete"}
    printed, modules = run(**words)
    assert printed.split() == [f"plain,{name}" for name in main.list_commands(click.Context(main))]
    assert not HEAVY & modules


def test_completion_of_options() -> None:
    words = {"COMP_WORDS": "kubemcsa export --na", "COMP_CWORD": "2"}
    printed, _ = run(**words, _KUBEMCSA_COMPLETE="bash_complete")
    assert printed == "plain,--namespace\n"


@pytest.mark.parametrize("name", main.list_commands(click.Context(main)))
def test_lists_say_the_first_line_of_a_commands_help(name: str) -> None:
    listed = main.get_command(click.Context(main), name)
    assert listed is not None
    assert (command(name).name, command(name).get_short_help_str(1000)) == (name, listed.help)


@pytest.mark.parametrize("name", main.list_commands(click.Context(main)))
def test_commands_that_call_a_cluster_bound_their_requests(name: str) -> None:
    options = {option for parameter in command(name).params for option in parameter.opts}
    calls = any(option.endswith("-kubeconfig") for option in options)
    assert ("--request-timeout" in options) == calls


def test_no_such_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kubemcsa", "bootstarp"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("\nError: No such command 'bootstarp'. Did you mean bootstrap?\n")


def test_an_error_below_the_commands_is_shown_with_the_usage_of_its_command(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(kubeconfig("a", current="a"))
    flags = [f"--target-kubeconfig={file}", "--source-name=\x1b_"]
    result = CliRunner().invoke(main, ["unbootstrap", *flags])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "Usage: main unbootstrap [OPTIONS] [TARGET_CONTEXT SOURCE_CONTEXT]\n"
        "Try 'main unbootstrap --help' for help.\n\n"
        r"Error: the source's name '\x1b_' is not a DNS-1123 subdomain of at most 63 characters"
        " (lower-case letters, digits, - and .): add --source-name cluster, for example.\n"
    )
