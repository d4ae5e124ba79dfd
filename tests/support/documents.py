"""The code blocks of the documents."""

import re

from support import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
"""All but what tells of earlier releases, and those beside the examples."""


def section(page: str, heading: str) -> str:
    """The text of the section of that heading (##), subsections included."""
    text = (ROOT / page).read_text()
    [body] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return str(body)


def blocks(page: str, kind: str, heading: str = "") -> list[str]:
    """The blocks of that kind ("bash", "sh", "shell", ...) in a page, or in a section of it."""
    text = section(page, heading) if heading else (ROOT / page).read_text()
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)
