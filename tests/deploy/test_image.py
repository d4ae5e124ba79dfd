"""The Dockerfile, played step by step in an empty folder; what comes of it is started."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support import ROOT
from support.cluster.loopback import HOST, answers, free_ports
from support.cluster.process import Process

pytestmark = pytest.mark.slow

TEXT = (ROOT / "Dockerfile").read_text()
MANIFESTS = "python3 -m gunicorn --config=python:mcsa_hooks.gunicorn_config"


def instructions() -> Iterator[tuple[str, str]]:
    for line in TEXT.splitlines():
        if line and not line.startswith("#"):
            keyword, _, rest = line.partition(" ")
            yield keyword, rest


class Image(NamedTuple):
    """What the last stage holds, and says."""

    packages: Path
    environ: dict[str, str]
    user: str


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    folder = tmp_path_factory.mktemp("image")
    build, packages, environ, user = folder / "build", folder / "packages", {}, ""
    # Stands in for the image that the first stage begins with: Python, and pip.
    subprocess.run([sys.executable, "-m", "venv", folder / "python"], check=True)
    path = f"{folder / 'python' / 'bin'}:{os.environ['PATH']}"
    stages = 0
    for keyword, rest in instructions():
        match keyword:
            case "FROM":
                stages += 1
            case "WORKDIR":
                assert rest == "/build"
                build.mkdir()
            case "COPY" if stages == 1:
                *sources, target = rest.split()
                for source in sources:
                    copy(source, build / target)
            case "COPY":
                assert rest == "--from=build /packages /packages"
            case "RUN":
                command = shlex.split(rest.replace("/packages", str(packages)))
                env = os.environ | {"PATH": path}
                done = subprocess.run(command, cwd=build, env=env, capture_output=True, text=True)
                assert done.returncode == 0, done.stdout + done.stderr
            case "ENV":
                name, _, value = rest.partition("=")
                environ[name] = value.replace("/packages", str(packages))
            case "USER":
                user = rest
            case _:
                pytest.fail(f"{keyword} is not known here")
    assert stages == 2
    nowhere = str(folder / "nowhere")
    return Image(packages, {"PATH": path, "HOME": nowhere, "TMPDIR": nowhere, **environ}, user)


def copy(source: str, target: Path) -> None:
    """Only what .dockerignore lets through."""
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert f"!{source.partition('/')[0]}" in allowed
    if (ROOT / source).is_dir():
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / source, target, dirs_exist_ok=True, ignore=ignore)
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / source, target)


def python(image: Image, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["python3", *args], env=image.environ, cwd="/", capture_output=True, text=True
    )


def test_everything_comes_from_the_packages(image: Image) -> None:
    code = "import mcsa_hooks, gunicorn, gevent, cryptography as c; print(mcsa_hooks.__file__)"
    done = python(image, "-c", code)
    assert done.stdout.strip() == str(image.packages / "mcsa_hooks" / "__init__.py"), done.stderr


@pytest.mark.parametrize("module", ["pip", "setuptools", "hatchling", "kubernetes", "pytest"])
def test_what_only_others_need_is_not_there(image: Image, module: str) -> None:
    assert not list(image.packages.glob(f"{module}*"))


def test_the_user_is_a_number_that_is_not_root(image: Image) -> None:
    assert image.user == "65532:65532"
    for name in ("hooks", "admission", "certificates"):
        assert "runAsUser: 65532" in (ROOT / "deploy" / f"{name}.yaml").read_text()


@pytest.mark.parametrize("app", ["sync_app", "admission_app"])
def test_servers_start_and_write_no_file(image: Image, app: str, tmp_path: Path) -> None:
    before = sorted(image.packages.rglob("*"))
    [port] = free_ports(1)
    server = Process(tmp_path / "log", image.environ, grace=10)
    server.start([*MANIFESTS.split(), f"--bind={HOST}:{port}", f"mcsa_hooks:{app}()"])
    try:
        server.wait_until(lambda: answers(port, "/healthz"))
    finally:
        server.stop()
    assert sorted(image.packages.rglob("*")) == before
    assert not Path(image.environ["HOME"]).exists()


def test_certificates_outside_a_cluster(image: Image) -> None:
    done = python(image, "-m", "mcsa_certificates")
    said = "Error: this is not a pod: KUBERNETES_SERVICE_HOST and _PORT are not set.\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_the_manifests_start_what_is_started_here() -> None:
    for name in ("hooks", "admission"):
        text = (ROOT / "deploy" / f"{name}.yaml").read_text()
        assert "command: [python3, -m, gunicorn]" in text
        assert "- --config=python:mcsa_hooks.gunicorn_config\n" in text
