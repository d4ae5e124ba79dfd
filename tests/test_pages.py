"""The documents' form: no long page, and code blocks that a shell can read."""

import re
import subprocess
from pathlib import Path

import pytest

from support import ROOT
from support.documents import PAGES, blocks

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
SCRIPTS = {"sh", "bash", "shell"}
SHOWN = {"", "console", "json", "mermaid", "python", "yaml", "yml"}
IDS = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_no_page_is_long(page: Path) -> None:
    assert len(page.read_text().splitlines()) <= 200


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_scripts_are_those_of_a_shell(page: Path) -> None:
    found = FENCE.findall(page.read_text())
    assert {kind for kind, _ in found} <= SCRIPTS | SHOWN
    for script in (script for kind, script in found if kind in SCRIPTS):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_one_page_leads_to_all_others() -> None:
    """README, or a page that README links to."""
    readme = (ROOT / "README.md").read_text()
    linked = {page for page in PAGES if f"({page.relative_to(ROOT)})" in readme}
    consumers = {page for page in PAGES if page.parent.name == "consumers"}
    assert linked | consumers == {*PAGES} - {ROOT / "README.md"}


@pytest.mark.parametrize("page", ["emergency.md", "source.md", "audit.md"])
def test_contexts_are_not_taken_for_names(page: str) -> None:
    """CLUSTER1 and CLUSTER2 are contexts; what a cluster is called stands in NAME1 and NAME2."""
    text = "\n".join(blocks(f"docs/{page}", "sh"))
    uses = re.findall(r"(\S+) \S*\$\{?CLUSTER[12]|(\S+)=\$\{?CLUSTER[12]", text)
    assert {first or second for first, second in uses} <= {
        "--context",
        "--target-context",
        "--source-context",
    }
