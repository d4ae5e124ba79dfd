"""The files of a release: complete, and each works on its own."""

import hashlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import get

pytestmark = pytest.mark.cluster

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dist = tmp_path_factory.mktemp("release") / "dist"
    command = [sys.executable, "-m", "tools.release", str(dist)]
    env = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return dist


def test_files_and_checksums(dist: Path) -> None:
    wheel = f"multicluster_service_account-{VERSION}-py3-none-any.whl"
    files = ["install.yaml", "kubemcsa", f"multicluster-service-account-{VERSION}.tgz", wheel]
    assert {file.name for file in dist.iterdir()} == {*files, "SHA256SUMS"}
    lines = (dist / "SHA256SUMS").read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == files
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest


def test_the_manifests_name_this_version(dist: Path) -> None:
    text = (dist / "install.yaml").read_text()
    assert text.count(f"multicluster-service-account:v{VERSION}\n") == 3


def alone(dist: Path, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """kubemcsa with nothing but Python: no packages of this environment."""
    env = {"PATH": os.environ["PATH"], "HOME": str(dist), **environ}
    command = [sys.executable, "-I", "-S", str(dist / "kubemcsa"), *args]
    return subprocess.run(command, env=env, capture_output=True, text=True, cwd=dist)


def test_kubemcsa_is_one_file(dist: Path) -> None:
    assert os.access(dist / "kubemcsa", os.X_OK)
    done = alone(dist, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert VERSION in done.stdout


def test_it_talks_to_clusters(dist: Path, cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    paths = (
        f"--target-kubeconfig={cluster1.kubeconfig}",
        f"--source-kubeconfig={cluster2.kubeconfig}",
    )
    done = alone(dist, "bootstrap", *paths)
    assert done.returncode == 0, done.stderr
    assert get(cluster1, "sai", "-n", "multicluster-service-account", "cluster2")


def test_it_says_what_its_one_file_lacks(dist: Path, cluster1: ControlPlane) -> None:
    done = alone(dist, "sync", "-A", KUBECONFIG=str(cluster1.kubeconfig))
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_the_workflow_publishes_the_version_that_the_manifests_name() -> None:
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    kustomization = yaml.safe_load((ROOT / "deploy" / "kustomization.yaml").read_text())
    [image] = kustomization["images"]
    assert f"IMAGE: {image['newName']}\n" in workflow
    assert image["newTag"] == f"v{VERSION}"
    assert yaml.safe_load(workflow)["jobs"]["release"]["steps"][-1]["run"].endswith("dist/*")
