"""Installing after bootstrap, again, and taking it all back: nothing is left in the clusters."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcsa_core.names import API_VERSION, KIND, secret_name
from mcsa_hooks.namespaces import sync as namespaces
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import every_object
from support.cluster.scripts import run
from support.cluster.waiting import until
from support.documents import blocks
from support.engine import installation, metacontroller
from support.engine.installation import Installation
from support.samples.definitions import definition

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(metacontroller.installed() is None, reason=metacontroller.ABSENT),
]

[UNINSTALL] = blocks("docs/install.md", "bash", "Uninstall")
LABEL, NAMESPACES = blocks("docs/automount.md", "shell")
BOOTSTRAP = "kubemcsa bootstrap cluster1 cluster2 --service-account default/pod-lister 2>&1"
BOTH = "--target-context cluster1 --source-context cluster2"
FOLDERS = ("deploy", "metacontroller/namespaces", "deploy/monitoring")
NAME = "cluster2-default-pod-lister"
# kubectl sends the selector at each apply, as its patch strategy is `replace`.
ALWAYS = {f"poddisruptionbudget.policy/{name} configured" for name in ("hooks", "admission")}


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Installation]:
    """A cluster that knows the kinds of Metacontroller and of the Prometheus operator."""
    with installation.cluster(tmp_path) as (cluster, services):
        metacontroller.install_crds(cluster)
        for kind in ("PodMonitor", "PrometheusRule"):
            cluster.kubectl(
                "apply", "-f", "-", input=json.dumps(definition("monitoring.coreos.com", kind))
            )
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        yield Installation(cluster, services, tmp_path)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[ControlPlane]:
    with ControlPlane("cluster2", tmp_path / "source", controller_manager=True) as cluster:
        cluster.kubectl("create", "serviceaccount", "pod-lister")
        yield cluster


def apply(cluster: ControlPlane, folder: str) -> list[str]:
    """What kubectl says, warnings included."""
    return run(f"kubectl --context cluster1 apply -k {folder} 2>&1", cluster).splitlines()


def test_everything_is_taken_back(bare: Installation, source: ControlPlane) -> None:
    cluster = bare.cluster
    before = every_object(cluster), every_object(source)
    cluster.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
    cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
    run(BOOTSTRAP, cluster, source)

    for folder in FOLDERS:
        assert [line for line in apply(cluster, folder) if "Warning" in line] == []
    servers = bare.serve()
    again = {line for folder in FOLDERS for line in apply(cluster, folder)}
    assert {line for line in again if not line.endswith(" unchanged")} == ALWAYS
    run(BOOTSTRAP, cluster, source)
    again = {line for folder in FOLDERS for line in apply(cluster, folder)}
    assert {line for line in again if not line.endswith(" unchanged")} == ALWAYS

    use(cluster)
    run(
        f"kubemcsa sync -A --context cluster1 && kubemcsa unbootstrap --yes {BOTH}", cluster, source
    )
    for server in servers:
        server.stop()
    run(UNINSTALL, cluster)
    until(lambda: secret_name("default", NAME) not in cluster.kubectl("get", "secrets", "-A"))
    assert every_object(cluster) == before[0]
    assert every_object(source) == before[1]
    # What is gone already is no error.
    run(UNINSTALL, cluster)


def use(cluster: ControlPlane) -> None:
    """There is an import, and the namespace default has what the documents put on namespaces."""
    spec = {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"}
    sai = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": NAME}, "spec": spec}
    cluster.kubectl("create", "-f", "-", input=json.dumps(sai))
    run(LABEL + NAMESPACES, cluster)
    annotation = f"{namespaces.ERROR}=cluster2/default/pod-lister"
    cluster.kubectl("annotate", "namespace", "default", annotation)
