"""The files of a release: complete, and each works on its own."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

from support import ROOT
from support.cluster import ControlPlane, binaries
from support.cluster.reading import get
from support.documents import blocks

pytestmark = pytest.mark.cluster

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSION = PROJECT["version"]
WHEEL = f"multicluster_service_account-{VERSION}-py3-none-any.whl"
SOURCE = f"multicluster_service_account-{VERSION}.tar.gz"


def release(dist: Path, **environ: str) -> Path:
    """The folder `dist`, with the files of a release."""
    command = [sys.executable, "-m", "tools.release", str(dist)]
    env = os.environ | {"PYTHONPATH": str(ROOT / "tests")} | environ
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return dist


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return release(tmp_path_factory.mktemp("release") / "dist")


def digests(dist: Path) -> dict[str, str]:
    """The SHA-256 of each file but the list of these."""
    files = [file for file in dist.iterdir() if file.name != "SHA256SUMS"]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_files_and_checksums(dist: Path) -> None:
    lines = (dist / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert sums == digests(dist)
    assert {*sums} >= {
        *("install.yaml", "kubemcsa", "kubectl-mcsa.tar.gz", "mcsa.yaml", WHEEL, SOURCE),
        *("kubemcsa.cdx.json", "image.cdx.json", f"multicluster-service-account-{VERSION}.tgz"),
    }


def test_the_documents_name_the_files(dist: Path) -> None:
    """The commands of docs/release.md, but for pip and krew, which have tests of their own."""
    page = (ROOT / "docs" / "release.md").read_text()
    [table] = re.findall(r"\n(\|.*?)\n\n", page, re.DOTALL)
    rows = table.splitlines()[2:]
    named = {name for row in rows for name in re.findall(r"`(.*?)`", row.split("|")[1])}
    assert named == {file.name for file in dist.iterdir()}
    check, run, pip, krew = blocks("docs/release.md", "shell")
    for script in (check, run):
        done = subprocess.run(
            ["bash", "-euc", script], cwd=dist, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1].endswith((": OK", VERSION))
    assert f"pip install './{WHEEL}[cli,hooks]'\n" in pip
    assert "--manifest=mcsa.yaml --archive=kubectl-mcsa.tar.gz\n" in krew


def test_another_run_makes_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    again = release(tmp_path / "again", TZ="Asia/Tokyo", PYTHONHASHSEED="1")
    assert digests(again) == digests(dist)


@pytest.mark.parametrize("package", [WHEEL, SOURCE])
def test_pip_installs_the_packages(dist: Path, tmp_path: Path, package: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path)], check=True)
    pip = [str(tmp_path / "bin" / "pip"), "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--no-compile", f"{dist / package}[cli]"], check=True)
    for program in ("kubemcsa", "kubectl-mcsa"):
        command = [str(tmp_path / "bin" / program), "version"]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert VERSION in printed
    command = [str(tmp_path / "bin" / "python"), "-c", "import multicluster_service_account"]
    subprocess.run(command, check=True)


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


def test_krew_finds_a_plugin_that_runs(dist: Path, tmp_path: Path) -> None:
    """What krew does: compare the digest, unpack, link the program by the plugin's name."""
    plugin = yaml.safe_load((dist / "mcsa.yaml").read_text())
    assert plugin["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2"
    assert (plugin["kind"], plugin["metadata"]) == ("Plugin", {"name": "mcsa"})
    assert plugin["spec"]["version"] == f"v{VERSION}"
    [platform] = plugin["spec"]["platforms"]
    address = f"{PROJECT['urls']['Repository']}/releases/download/v{VERSION}"
    archive = dist / platform["uri"].removeprefix(f"{address}/")
    assert platform["sha256"] == digests(dist)[archive.name]
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "store", filter="data")
    assert (tmp_path / "store" / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kubectl-mcsa").symlink_to(tmp_path / "store" / platform["bin"])
    (tmp_path / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    env = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}
    command = [str(binaries() / "kubectl"), "mcsa", "status", "--help"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: kubectl mcsa status ")


@pytest.mark.parametrize(("name", "part"), [("kubemcsa", "cli"), ("image", "hooks")])
def test_the_bills_of_materials_list_what_is_locked(dist: Path, name: str, part: str) -> None:
    bill = json.loads((dist / f"{name}.cdx.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == name
    assert bill["metadata"]["component"]["version"] == VERSION
    requirements = (ROOT / part / "requirements.txt").read_text()
    locked = re.findall(r"^(\S+)==(\S+) ", requirements, re.MULTILINE)
    assert {*locked} == {(entry["name"], entry["version"]) for entry in bill["components"]}
    purls = {f"pkg:pypi/{package}@{version}" for package, version in locked}
    assert {entry["purl"] for entry in bill["components"]} == purls


def test_the_workflow_publishes_the_version_that_the_manifests_name() -> None:
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    kustomization = yaml.safe_load((ROOT / "deploy" / "kustomization.yaml").read_text())
    [image] = kustomization["images"]
    assert f"IMAGE: {image['newName']}\n" in workflow
    assert image["newTag"] == f"v{VERSION}"
    # ghcr.io has the images of github.com's repositories by their names.
    assert PROJECT["urls"]["Repository"] == image["newName"].replace(
        "ghcr.io", "https://github.com"
    )
    assert yaml.safe_load(workflow)["jobs"]["release"]["steps"][-1]["run"].endswith("dist/*")
