"""The chart's archive: its metadata, values, their schema and templates."""

import json
import tomllib
from pathlib import Path
from string import Template
from textwrap import indent
from typing import Any

import yaml

from support import ROOT
from tools.chart.builds import Builds, Object, builds
from tools.chart.templates import SERVERS, container, templates
from tools.tarball import Member, tarball

SKELETON = ROOT / "deploy" / "chart"
"""Chart.yaml and values.yaml, with $NAME for what the manifests say."""


def write(dist: Path) -> Path:
    """The path of the chart's archive in `dist`, named as `helm package` names it."""
    chart = files(builds())
    metadata = yaml.safe_load(chart["Chart.yaml"])
    path = dist / f"{metadata['name']}-{metadata['version']}.tgz"
    members = {f"{metadata['name']}/{name}": Member(text.encode()) for name, text in chart.items()}
    path.write_bytes(tarball(members))
    return path


def files(objects: Builds) -> dict[str, str]:
    """The texts of the chart's files, by their paths in it."""
    deployments = {o["metadata"]["name"]: o for o in objects.install if o["kind"] == "Deployment"}
    image = container(deployments[SERVERS[0]])["image"]
    values = filled("values.yaml", **defaults(deployments, image))
    return {
        "Chart.yaml": filled("Chart.yaml", version=version()),
        "values.yaml": values,
        "values.schema.json": json.dumps(schema(values), indent=2) + "\n",
        **templates(objects, image),
    }


def version() -> str:
    """The version of this project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def filled(name: str, **texts: str) -> str:
    """A file of the skeleton with `texts` in it."""
    return Template((SKELETON / name).read_text()).substitute(texts)


def defaults(deployments: dict[str, Object], image: str) -> dict[str, str]:
    """The texts for values.yaml: with them the chart's objects are those of the manifests."""
    repository, _, tag = image.rpartition(":")
    resources = {name: container(server)["resources"] for name, server in deployments.items()}
    [replicas] = {deployments[name]["spec"]["replicas"] for name in SERVERS}
    return {
        "repository": repository,
        "tag": tag,
        "replicas": str(replicas),
        "resources": indent(yaml.safe_dump(resources, sort_keys=False), "  ").strip(),
    }


def schema(values: str) -> Object:
    """The JSON schema by which Helm refuses values of other names or types, but for resources."""
    root = type_of(yaml.safe_load(values), 2)
    # Helm itself adds `global` to the values of a chart that another chart depends on.
    return {**root, "properties": {**root["properties"], "global": {"type": "object"}}}


def type_of(default: Any, levels: int) -> Object:
    """The schema of a value like `default`; fields more than `levels` deep may be any."""
    match default:
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer", "minimum": 0}
        case str():
            return {"type": "string"}
    if levels == 0:
        return {"type": "object"}
    properties = {name: type_of(field, levels - 1) for name, field in default.items()}
    return {"type": "object", "additionalProperties": False, "properties": properties}
