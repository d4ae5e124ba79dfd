"""Installing after bootstrap, again, and taking it all back: nothing is left in the clusters."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mcsa_core.names import API_VERSION, KIND, secret_name
from mcsa_hooks.namespaces import sync as namespaces
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.scripts import run
from support.cluster.waiting import until
from support.documents import blocks
from support.engine import installation, metacontroller
from support.engine.installation import Installation

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
MOVING = {"events", "events.events.k8s.io", "leases.coordination.k8s.io"}
# kubectl sends the selector at each apply, as its patch strategy is `replace`.
ALWAYS = {f"poddisruptionbudget.policy/{name} configured" for name in ("hooks", "admission")}


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Installation]:
    """A cluster that knows the kinds of Metacontroller and of the Prometheus operator."""
    with installation.cluster(tmp_path) as (cluster, services):
        metacontroller.install_crds(cluster)
        for kind in ("PodMonitor", "PrometheusRule"):
            cluster.kubectl("apply", "-f", "-", input=json.dumps(any_spec(kind)))
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        yield Installation(cluster, services, tmp_path)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[ControlPlane]:
    with ControlPlane("cluster2", tmp_path / "source", controller_manager=True) as cluster:
        cluster.kubectl("create", "serviceaccount", "pod-lister")
        yield cluster


def any_spec(kind: str) -> Any:
    """A definition of a kind of the Prometheus operator, which takes anything."""
    group, plural = "monitoring.coreos.com", f"{kind.lower()}s"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def objects(cluster: ControlPlane) -> dict[str, str]:
    """The labels and annotations of each object, by its kind, namespace and name."""
    listable = cluster.kubectl("api-resources", "--verbs=list", "-o", "name").split()
    kinds = ",".join(sorted(set(listable) - MOVING))
    columns = "custom-columns=A:.kind,B:.metadata.namespace,C:.metadata.name"
    marks = "D:.metadata.labels,E:.metadata.annotations"
    lines = cluster.kubectl("get", kinds, "-A", "--no-headers", "-o", f"{columns},{marks}")
    split = [line.split(maxsplit=3) for line in lines.splitlines()]
    return {" ".join(title): marks for *title, marks in split}


def apply(cluster: ControlPlane, folder: str) -> list[str]:
    """What kubectl says, warnings included."""
    return run(f"kubectl --context cluster1 apply -k {folder} 2>&1", cluster).splitlines()


def test_everything_is_taken_back(bare: Installation, source: ControlPlane) -> None:
    cluster = bare.cluster
    before = objects(cluster), objects(source)
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
    assert objects(cluster) == before[0]
    assert objects(source) == before[1]
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
