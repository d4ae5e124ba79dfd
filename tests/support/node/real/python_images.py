"""Our image by the Dockerfile's steps, and that of the examples, both over Debian's Python."""

import shutil
import subprocess
import sys
from pathlib import Path

from support import ROOT, dockerfile
from support.cluster.building import say
from support.cluster.errors import ClusterError, tail

from . import image, image_cache, packages
from .image import Layer

SOURCES = [ROOT / name for name in ("pyproject.toml", "lib", "hooks", "cli")]
"""What the packages are made of; README is in their metadata only."""
SCRIPTS = sorted((ROOT / "deploy" / "examples").glob("*/*.py"))
VERSION = "3.11"
"""That of Debian 12, and of the Dockerfile."""


def product(name: str) -> Path:
    """The archive of our image."""
    base = Layer(packages.unpacked("python", packages.PYTHON))
    archive = image_cache.path(name, [ROOT / "Dockerfile", *SOURCES])
    if not archive.exists():
        say("building our image by the steps of Dockerfile")
        with image_cache.workspace() as folder:
            try:
                played = dockerfile.play(folder, _python())
            except AssertionError as error:
                raise ClusterError(f"Our image can't be built.{tail(str(error))}") from error
            variables = [f"{key}={value}" for key, value in played.environ.items()]
            config = {"Env": [image_cache.PATH, *variables], "User": played.user}
            layers = [base, Layer(_writable(folder)), Layer(played.packages, "packages")]
            image.write(archive, image_cache.complete(name), config, layers)
    return archive


def examples(name: str) -> Path:
    """The archive of the examples' image, with the packages that the command line is locked to."""
    base = Layer(packages.unpacked("python", packages.PYTHON))
    archive = image_cache.path(name, [*SOURCES, *SCRIPTS])
    if not archive.exists():
        say("building the examples' image")
        with image_cache.workspace() as folder:
            pip = [_python(), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            pip.append(f"--target={folder / 'packages'}")
            _run([*pip, "--require-hashes", "-r", str(ROOT / "cli" / "requirements.txt")])
            _run([*pip, "--no-deps", "--no-build-isolation", "--upgrade", str(ROOT)])
            links = folder / "links"
            links.mkdir()
            (links / "python").symlink_to("python3")
            scripts = folder / "examples"
            scripts.mkdir()
            for script in SCRIPTS:
                shutil.copy(script, scripts)
            config = {"Env": [image_cache.PATH, "PYTHONPATH=/packages"], "User": "65532"}
            layers = [
                *(base, Layer(_writable(folder)), Layer(links, "usr/bin")),
                *(Layer(folder / "packages", "packages"), Layer(scripts, "examples")),
            ]
            image.write(archive, image_cache.complete(name), config, layers)
    return archive


def _writable(folder: Path) -> Path:
    """A layer's folder with /tmp."""
    layer = folder / "writable"
    temporary = layer / "tmp"
    temporary.mkdir(parents=True)
    temporary.chmod(0o1777)
    return layer


def _python() -> str:
    """A Python of the image's version, whose pip chooses the packages that fit there."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == VERSION:
        return sys.executable
    if on_path := shutil.which(f"python{VERSION}"):
        return on_path
    raise ClusterError(
        f"Our image is made with Python {VERSION}, which is not here: install it, or make the"
        f" virtual environment with it (make PYTHON=python{VERSION})."
    )


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ClusterError(f"The examples' image can't be built.{tail(done.stderr)}")
