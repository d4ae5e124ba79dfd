"""The documents' `kubemcsa` commands are commands, with options that exist."""

import re
import shlex

import click
import pytest

from kubemcsa.main import main
from support.documents import PAGES


def commands() -> list[str]:
    """Those of code blocks, and those in the text that have arguments."""
    found = []
    for page in PAGES:
        text = page.read_text().replace("\\\n", " ")
        found += re.findall(r"^(?:\$ )?kubemcsa (.+)", text, re.MULTILINE)
        found += re.findall(r"`kubemcsa (\w+ [^`]+)`", text)
    return sorted(set(found))


def test_there_are_all_commands_but_for_help() -> None:
    assert {one.split()[0] for one in commands()} == set(main.list_commands(click.Context(main)))


@pytest.mark.parametrize("line", commands())
def test_a_documents_command(line: str) -> None:
    words = shlex.split(line.partition("|")[0])
    name, command, rest = main.resolve_command(click.Context(main), words)
    assert command is not None
    command.make_context(name, rest)
