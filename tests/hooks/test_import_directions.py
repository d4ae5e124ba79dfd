"""Which rooms of the hooks know which: calls to clusters and servers know no import."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from support import ROOT

HOOKS = ROOT / "hooks"
IMPORTS = "mcsa_hooks.serviceaccountimports"
MODULES = {
    ".".join(file.relative_to(HOOKS).with_suffix("").parts): file for file in HOOKS.rglob("*.py")
}


def imported(file: Path) -> Iterator[str]:
    """The names of our own modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else str(node.module)


def room(module: str) -> str:
    """The folder of a module, or the module itself where it stands in none."""
    return ".".join(module.split(".")[:2])


def test_the_rooms_that_each_room_knows() -> None:
    arrows: dict[str, set[str]] = {}
    for module, file in MODULES.items():
        names = {room(name) for name in imported(file) if name.startswith("mcsa_hooks.")}
        arrows.setdefault(room(module), set()).update(names - {room(module)})
    folders = {path.name for path in (HOOKS / "mcsa_hooks").iterdir() if path.is_dir()}
    known = {
        name.partition(".")[2]: {other.partition(".")[2] for other in others}
        for name, others in arrows.items()
        if name.partition(".")[2] in folders
    }
    assert known == {
        "admission": {"jsontypes", "web"},
        "namespaces": {"jsontypes", "web"},
        "remote": set(),
        "serviceaccountimports": {"jsontypes", "remote", "web"},
        "serving": set(),
    }


@cache
def floor(module: str) -> int:
    """1 for a module that imports none of its folder; else one above all that it imports."""
    below = [name for name in imported(MODULES[module]) if name.startswith(f"{IMPORTS}.")]
    return 1 + max(map(floor, below), default=0)


def test_a_sync_has_few_floors() -> None:
    modules = [module for module in MODULES if module.startswith(f"{IMPORTS}.")]
    assert max(map(floor, modules)) <= 7
