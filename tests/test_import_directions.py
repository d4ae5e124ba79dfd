"""Who may import whom: hooks -> lib <- cli, and the hooks do without the base's `kubernetes`."""

import ast
import subprocess
import sys
from collections.abc import Iterator

from support import ROOT

FLOORS = (
    {"__main__"},
    {"main"},
    {"commands"},
    {"options", "introduction", "diagnosis", "engine"},
    {"api", "output"},
    {"errors"},
)
"""The groups and single modules of the command line; main loads commands by their names."""
ARROWS = {
    "commands": {"api", "diagnosis", "engine", "introduction", "options", "output"},
    "diagnosis": {"api", "output"},
    "engine": {"api"},
    "introduction": {"api", "output"},
    "options": {"api"},
}
"""Which group imports which; the others import none."""
LAZY = ("cli/kubemcsa/engine/hook_client.py", "mcsa_hooks")
"""The one place where the command line needs the hooks: `kubemcsa sync` without a URL."""


def modules(folder: str) -> Iterator[tuple[str, str]]:
    """Each file, and the full name of each module or object that it imports anywhere."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: imports are absolute"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                yield str(file.relative_to(ROOT)), name


def imports(folder: str) -> Iterator[tuple[str, str]]:
    """Each file, and the packages that it imports."""
    return ((file, name.partition(".")[0]) for file, name in modules(folder))


def test_lib_imports_neither_hooks_nor_cli() -> None:
    assert not {"mcsa_hooks", "kubemcsa"} & {name for _, name in imports("lib")}


def test_hooks_import_neither_cli_nor_the_official_client() -> None:
    assert not {"kubemcsa", "kubernetes", "click"} & {name for _, name in imports("hooks")}


def test_cli_imports_hooks_in_one_place() -> None:
    assert [found for found in imports("cli") if found[1] == "mcsa_hooks"] == [LAZY]


def group(path: str) -> str:
    """The folder of a file or module in kubemcsa, or its own name if it is in none."""
    return path.replace("/", ".").partition("kubemcsa.")[2].partition(".")[0]


def test_groups_of_the_command_line() -> None:
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    arrows: dict[str, set[str]] = {}
    for file, name in modules("cli"):
        if name.startswith("kubemcsa.") and group(file) != group(name):
            assert floor[group(file)] < floor[group(name)], f"{file} imports {name}"
            arrows.setdefault(group(file), set()).add(group(name))
    single = {"__main__", "errors", "main"}
    between = {name: arrows[name] - single for name in arrows.keys() - single}
    assert {name: groups for name, groups in between.items() if groups} == ARROWS
    assert sum(map(len, ARROWS.values())) <= 12


def test_no_two_modules_of_the_command_line_share_a_name() -> None:
    names = [file.stem for file in (ROOT / "cli").rglob("*.py") if file.stem != "__init__"]
    assert sorted(set(names)) == sorted(names)


def test_click_stays_in_commands_and_options() -> None:
    users = {group(file) for file, name in imports("cli") if name == "click"}
    assert users == {"commands", "main", "options"}


def test_hooks_load_no_official_client() -> None:
    code = "import sys, mcsa_hooks; mcsa_hooks.sync_app(); print('kubernetes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
