"""The wheel without extras: the library works, and kubemcsa says what is missing."""

import re
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import pytest
import trustme
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from support.node.kubelet import Mount
from tools import release

WHEEL = "multicluster-service-account"
USED = """
import importlib.util, sys
import multicluster_service_account as library
for name in library.__all__:
    getattr(library, name)
config, namespace = library.service_account_import_config_and_namespace()
print(config.host, namespace)
parts = ("click", "flask", "gevent", "gunicorn", "cryptography", "prometheus_client", "orjson")
print([part for part in parts if importlib.util.find_spec(part)])
"""


def required(requirements: list[str]) -> set[str]:
    """The names of the distributions that pip would install, extras left out."""
    names: set[str] = set()
    waiting = [Requirement(requirement) for requirement in requirements]
    while waiting:
        requirement = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        name = canonicalize_name(requirement.name)
        if name not in names:
            names.add(name)
            waiting += map(Requirement, metadata.requires(name) or [])
    return names


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a virtual environment with the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("alone")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    release.packages(folder)
    [wheel] = folder.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    install = ("install", "--no-deps", "--no-index", str(wheel))
    subprocess.run([*pip, "--python", str(python), *install], check=True)
    [packages] = (folder / "venv" / "lib").glob("python*/site-packages")
    [own] = metadata.distributions(name=WHEEL, path=[str(packages)])
    for name in required(own.requires or []):
        link(metadata.distribution(name), packages)
    return python.parent


def link(distribution: metadata.Distribution, packages: Path) -> None:
    """The distribution can be imported from another folder of packages."""
    files = distribution.files or []
    for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
        (packages / top).symlink_to(str(distribution.locate_file(top)))


def test_what_the_wheel_requires() -> None:
    requirements = [Requirement(text) for text in metadata.requires(WHEEL) or []]
    base = {requirement.name for requirement in requirements if not requirement.marker}
    assert base == {"kubernetes", "pyyaml"}


def test_the_library(alone: Path, mount: Mount, root: Path, ca: trustme.CA) -> None:
    endpoint = Endpoint("https://a.example", ca.cert_pem.bytes().decode())
    mount.write_secret(secret.data("a", Access(endpoint, "token", "there")))
    done = subprocess.run(
        [alone / "python", "-c", USED], env={"MCSA_ROOT": str(root)}, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("https://a.example there\n[]\n", "")


@pytest.mark.parametrize("command", [["kubemcsa"], ["python", "-m", "kubemcsa"]])
def test_the_command_line(alone: Path, command: list[str]) -> None:
    program, *arguments = command
    done = subprocess.run(
        [alone / program, *arguments, "status"], env={}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert re.sub(r"run \S+/", "run ", done.stderr) == (
        "Error: the command line is not installed here, only the library: run python -m pip"
        " install 'multicluster-service-account[cli]'.\n"
    )
