"""The code blocks of the documents."""

import re

from support import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
"""All but what tells of earlier releases, and those beside the examples."""


CONTEXTS = "CONTEXT1=cluster1\nCONTEXT2=cluster2\n"
"""What users set before README's steps."""


def section(page: str, heading: str) -> str:
    """The text of the section of that heading (##), subsections included."""
    text = (ROOT / page).read_text()
    [body] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return str(body)


def quick_start() -> tuple[str, str, str]:
    """README's steps after the installation, for contexts cluster1 and cluster2.

    They make an account, let cluster1 import it, and import it. The line is left out that names
    another address than the kubeconfig's, at which the tests' clusters are reached.
    """
    account, bootstrap, service_account_import = blocks("README.md", "sh")
    lines = bootstrap.splitlines(keepends=True)
    own = "".join(line for line in lines if "--source-server" not in line)
    assert own != bootstrap
    return CONTEXTS + account, CONTEXTS + own, CONTEXTS + service_account_import


def blocks(page: str, kind: str, heading: str = "") -> list[str]:
    """The blocks of that kind ("bash", "sh", "shell", ...) in a page, or in a section of it."""
    text = section(page, heading) if heading else (ROOT / page).read_text()
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)
