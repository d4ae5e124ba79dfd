"""The images of the node: made here once, as nothing can be pulled there."""

from pathlib import Path

import yaml

from support import ROOT
from support.cluster.binaries import binaries
from support.cluster.errors import ClusterError
from support.engine import metacontroller

from . import image, image_cache, programs, python_images
from .image import Layer

JOBS = ROOT / "deploy" / "examples" / "multicluster-client" / "cluster1.yaml"
PAUSE = "example/pause:1"
METACONTROLLER = "example/metacontroller:1"


def archives() -> list[Path]:
    """The archives of all images; Metacontroller's only where its binary is at hand."""
    made = [
        python_images.product(product()),
        python_images.examples(of_example("multicluster-client")),
        _program(PAUSE, programs.pause()),
        _program(of_example("kubectl"), binaries() / "kubectl"),
    ]
    if files := metacontroller.installed():
        made.append(_program(METACONTROLLER, files[0]))
    return made


def product() -> str:
    """The name that deploy/ gives our image."""
    kustomization = yaml.safe_load((ROOT / "deploy" / "kustomization.yaml").read_text())
    [override] = kustomization["images"]
    return f"{override['newName']}:{override['newTag']}"


def of_example(container: str) -> str:
    """The name of the image of a container of the examples."""
    for manifest in yaml.safe_load_all(JOBS.read_text()):
        if manifest["kind"] == "Job":
            [described] = manifest["spec"]["template"]["spec"]["containers"]
            if described["name"] == container:
                return str(described["image"])
    raise ClusterError(f"{JOBS} has no container {container}.")


def _program(name: str, program: Path) -> Path:
    """An image of a single static program in /usr/bin."""
    archive = image_cache.path(name, [program])
    if not archive.exists():
        target = f"usr/bin/{program.name}"
        config = {"Entrypoint": [f"/{target}"], "Env": [image_cache.PATH]}
        image.write(archive, image_cache.complete(name), config, [Layer(program, target)])
    return archive
