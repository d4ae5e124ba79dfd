"""The examples do as their README says, on clusters of their own: their very scripts, run here."""

import base64
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsa_core import names
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.scripts import environment
from support.node.kubelet import Mount

pytestmark = pytest.mark.cluster

EXAMPLES = ROOT / "deploy" / "examples"
README = (EXAMPLES / "README.md").read_text()
NAME = "cluster2-default-pod-lister"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def cluster1(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane("cluster1", tmp_path_factory.mktemp("cluster1")) as cluster1:
        yield cluster1


@pytest.fixture(scope="module")
def cluster2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane("cluster2", tmp_path_factory.mktemp("cluster2")) as cluster2:
        yield cluster2


@pytest.fixture(scope="module")
def applied(cluster1: ControlPlane, cluster2: ControlPlane) -> Any:
    """The import's Secret, once README's commands have run."""
    script = [
        "set -euo pipefail",
        "kubectl --context cluster1 apply -f deploy/crd.yaml",
        "kubectl --context cluster1 wait --for=condition=Established crd --all",
        "kubemcsa bootstrap cluster1 cluster2",
        *re.findall(r"```sh\n(.*?)```", README, re.DOTALL),
        "kubemcsa sync -A --context cluster1",
    ]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=EXAMPLES.parents[1],
        env=environment(cluster1, cluster2),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stderr
    return get(cluster1, "secret", names.secret_name("default", NAME))


def container(example: str, job: str) -> Any:
    """The only container of a Job."""
    manifests = yaml.safe_load_all((EXAMPLES / example / "cluster1.yaml").read_text())
    (found,) = (m for m in manifests if (m["kind"], m["metadata"]["name"]) == ("Job", job))
    assert found["spec"]["template"]["metadata"]["annotations"] == {names.IMPORT_NAME: NAME}
    (only,) = found["spec"]["template"]["spec"]["containers"]
    return only


@pytest.fixture
def run(tmp_path: Path, cluster1: ControlPlane, cluster2: ControlPlane) -> Run:
    """Runs what a container runs: its command and environment, the import mounted or not."""

    def run(
        example: str, job: str, secret: Any = None, **env: str
    ) -> "subprocess.CompletedProcess[str]":
        if secret:
            Mount(tmp_path / "imports" / NAME).write_secret(secret["data"])
        only = container(example, job)
        declared = {one["name"]: one["value"] for one in only.get("env", [])}
        environ = environment(cluster1, cluster2)
        del environ["KUBECONFIG"]
        environ |= {"HOME": str(tmp_path), "MCSA_ROOT": str(tmp_path / "imports")}
        environ |= declared | env
        return subprocess.run(
            [word.replace("/examples/", f"{EXAMPLES / example}/") for word in only["command"]],
            env={k: v.replace(names.MOUNT_ROOT, f"{tmp_path}/imports") for k, v in environ.items()},
            capture_output=True,
            text=True,
        )

    return run


def shown(job: str, server: str) -> str:
    """What README says that a Job prints."""
    (found,) = re.findall(rf"logs job/{job}\n((?:[^$`].*\n)+)", README)
    return str(found).replace("https://cluster2.example:6443", server)


@pytest.mark.parametrize(
    ("example", "job"),
    [
        ("multicluster-client", "multicluster-client"),
        ("multicluster-client", "multicluster-client-kubectl"),
        ("generic-client", "generic-client"),
    ],
)
def test_a_job_lists_the_other_clusters_pods(
    run: Run, applied: Any, cluster2: ControlPlane, example: str, job: str
) -> None:
    done = run(example, job, applied)
    assert (done.stderr, done.stdout) == ("", shown(job, cluster2.server))


def test_nothing_else_is_allowed(tmp_path: Path, applied: Any) -> None:
    config = tmp_path / "config"
    config.write_bytes(base64.b64decode(applied["data"]["config"]))
    for what in ("secrets", "pods --namespace=kube-system"):
        done = subprocess.run(
            ["kubectl", f"--kubeconfig={config}", "get", *what.split()],
            env=environment() | {"HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert done.stderr.startswith("Error from server (Forbidden): ")


def test_the_generic_client_with_a_kubeconfig(
    run: Run, applied: Any, cluster2: ControlPlane
) -> None:
    done = run("generic-client", "generic-client", KUBECONFIG=str(cluster2.kubeconfig))
    assert (done.stderr, done.stdout) == ("", shown("generic-client", cluster2.server))


IN_POD = """
import pathlib, runpy, sys
from multicluster_service_account import in_cluster
in_cluster.FOLDER = pathlib.Path(sys.argv[2])
runpy.run_path(sys.argv[1])
"""


def test_the_generic_client_as_the_pods_own_service_account(
    tmp_path: Path, applied: Any, cluster1: ControlPlane
) -> None:
    token = cluster1.kubectl("create", "token", "generic-client").strip()
    folder = tmp_path / "serviceaccount"
    Mount(folder).write({"token": token, "ca.crt": cluster1.ca, "namespace": "default"})
    host, port = cluster1.server.removeprefix("https://").split(":")
    script = EXAMPLES / "generic-client" / "generic_client.py"
    done = subprocess.run(
        [sys.executable, "-c", IN_POD, str(script), str(folder)],
        env=dict(os.environ)
        | {"HOME": str(tmp_path), "KUBECONFIG": "", "MCSA_ROOT": str(tmp_path / "imports")}
        | {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port},
        capture_output=True,
        text=True,
    )
    expected = f"API server URL: {cluster1.server}\nNamespace: default\nListing pods...\n"
    assert (done.stderr, done.stdout) == ("", expected)


@pytest.mark.parametrize("example", ["multicluster-client", "generic-client"])
def test_where_nothing_is_mounted_a_script_says_what_to_do(run: Run, example: str) -> None:
    done = run(example, example)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "annotate the pod with multicluster.admiralty.io/service-account-import.name" in (
        done.stderr
    )


def test_the_image_has_the_scripts() -> None:
    dockerfile = (EXAMPLES / "Dockerfile").read_text()
    for example in ("multicluster-client", "generic-client"):
        script = container(example, example)["command"][1].removeprefix("/examples/")
        assert (EXAMPLES / example / script).is_file()
        assert f"deploy/examples/{example}/{script}" in dockerfile
