"""The commands of README."""

import re

from support import ROOT


def commands(heading: str, kind: str) -> list[str]:
    """The blocks of that kind ("bash", "sh", "shell") in the section of that heading."""
    text = (ROOT / "README.md").read_text()
    [section] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return re.findall(rf"```{kind}\n(.*?)```", section, re.DOTALL)
