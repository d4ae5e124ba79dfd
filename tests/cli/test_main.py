"""What `kubemcsa` shows before a command is called, and what that takes."""

import os
import subprocess
import sys

import click
import pytest

from kubemcsa.main import command, main

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


def test_no_such_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kubemcsa", "bootstarp"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("\nError: No such command 'bootstarp'.\n")
