"""What kustomize builds of the manifests: the objects of which the chart is made."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from support import ROOT
from support.cluster import binaries

Object = dict[str, Any]

DEPLOY = ROOT / "deploy"


class Builds(NamedTuple):
    """The objects of each kustomization."""

    install: list[Object]
    cert_manager: list[Object]
    """`install` with the component for cert-manager."""
    autoscaling: list[Object]
    """`install` with the component for autoscaling."""
    namespaces: list[Object]
    monitoring: list[Object]


def builds() -> Builds:
    """The objects of the kustomizations of this checkout."""
    return Builds(
        install=kustomize(DEPLOY),
        cert_manager=with_components("cert-manager"),
        autoscaling=with_components("autoscaling"),
        namespaces=kustomize(ROOT / "metacontroller" / "namespaces"),
        monitoring=kustomize(DEPLOY / "monitoring"),
    )


def with_components(*names: str) -> list[Object]:
    """The objects of `deploy/` with some of its components."""
    with TemporaryDirectory() as folder:
        # kustomize refuses absolute paths of folders.
        deploy = os.path.relpath(DEPLOY, Path(folder).resolve())
        components = [f"{deploy}/{name}" for name in names]
        kustomization = {"resources": [deploy], "components": components}
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
        return kustomize(Path(folder))


def kustomize(folder: Path) -> list[Object]:
    """The objects that kustomize builds of a folder."""
    command = [str(binaries() / "kubectl"), "kustomize", str(folder)]
    built = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    return [*yaml.safe_load_all(built)]
