"""The component for autoscaling, as a real API server takes it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mcsa_core.names import SYSTEM_NAMESPACE
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.documents import blocks

pytestmark = pytest.mark.cluster

HOOKS = ("deployment", "-n", SYSTEM_NAMESPACE, "hooks")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ControlPlane]:
    with ControlPlane("cluster1", tmp_path / "cluster1") as control_plane:
        yield control_plane


def test_the_number_of_pods_is_the_autoscalers(cluster: ControlPlane, tmp_path: Path) -> None:
    for name in ("deploy", "metacontroller"):
        shutil.copytree(ROOT / name, tmp_path / "clone" / name)
    [block] = blocks("docs/scale.md", "yml", "How many pods")
    (tmp_path / "kustomization.yaml").write_text(block)
    built = list(yaml.safe_load_all(cluster.kubectl("kustomize", str(tmp_path))))
    kinds = {"Namespace", "Deployment", "HorizontalPodAutoscaler"}
    manifests = yaml.safe_dump_all(o for o in built if o["kind"] in kinds)
    apply = ("apply", "--validate=strict", "--warnings-as-errors", "-f", "-")
    cluster.kubectl(*apply, input=manifests)
    scaler = get(cluster, "hpa", "-n", SYSTEM_NAMESPACE, "hooks")["spec"]
    assert scaler["scaleTargetRef"]["name"] == "hooks"
    cluster.kubectl("scale", *HOOKS, "--replicas=5")
    cluster.kubectl(*apply, input=manifests)
    assert get(cluster, *HOOKS)["spec"]["replicas"] == 5
