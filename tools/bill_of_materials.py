"""The Python packages that a part of a release brings along, as CycloneDX's JSON."""

import json
import re
import tomllib
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from support import ROOT

LOCKED = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


def write(file: Path, name: str, requirements: Path) -> None:
    """The bill of what is called `name`, for a list of locked requirements, is in `file`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    root = Component(
        name=name, version=project["version"], type=ComponentType.APPLICATION, bom_ref=name
    )
    packages = [library(*pair) for pair in LOCKED.findall(requirements.read_text())]
    # Neither a random number nor a time: the same release has the same bill.
    reference = f"{project['urls']['Repository']}/{name}/{project['version']}"
    bill = Bom(serial_number=uuid5(NAMESPACE_URL, reference), components=packages)
    bill.metadata.component = root
    bill.register_dependency(root, packages)
    document = json.loads(JsonV1Dot6(bill).output_as_string())
    del document["metadata"]["timestamp"]
    file.write_text(json.dumps(document, indent=2) + "\n")


def library(name: str, version: str) -> Component:
    """A package of the Python package index."""
    url = PackageURL("pypi", None, name, version)
    return Component(
        name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url)
    )
