"""The Dockerfile, played step by step; what comes of it is started."""

import os
import subprocess
from pathlib import Path

import pytest

from support import ROOT, dockerfile
from support.cluster.loopback import HOST, answers, free_ports
from support.cluster.process import Process
from support.dockerfile import Image

pytestmark = pytest.mark.slow

MANIFESTS = "python3 -m gunicorn --config=python:mcsa_hooks.gunicorn_config"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """As in the image, but with the packages in a folder of this machine."""
    folder = tmp_path_factory.mktemp("image")
    image = dockerfile.play(folder)
    nowhere = str(folder / "nowhere")
    variables = {
        name: value.replace("/packages", str(image.packages))
        for name, value in image.environ.items()
    }
    path = f"{folder / 'python' / 'bin'}:{os.environ['PATH']}"
    return image._replace(environ={"PATH": path, "HOME": nowhere, "TMPDIR": nowhere, **variables})


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
