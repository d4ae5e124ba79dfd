"""Who may import whom: hooks -> lib <- cli, and the hooks do without the base's `kubernetes`."""

import ast
import subprocess
import sys
from collections.abc import Iterator

from support import ROOT

LAZY = ("cli/kubemcsa/engine/hook_client.py", "mcsa_hooks")
"""The one place where the command line needs the hooks: `kubemcsa sync` without a URL."""


def imports(folder: str) -> Iterator[tuple[str, str]]:
    for file in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                yield str(file.relative_to(ROOT)), name.partition(".")[0]


def test_lib_imports_neither_hooks_nor_cli() -> None:
    assert not {"mcsa_hooks", "kubemcsa"} & {name for _, name in imports("lib")}


def test_hooks_import_neither_cli_nor_the_official_client() -> None:
    assert not {"kubemcsa", "kubernetes", "click"} & {name for _, name in imports("hooks")}


def test_cli_imports_hooks_in_one_place() -> None:
    assert [found for found in imports("cli") if found[1] == "mcsa_hooks"] == [LAZY]


def test_hooks_load_no_official_client() -> None:
    code = "import sys, mcsa_hooks; mcsa_hooks.sync_app(); print('kubernetes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
