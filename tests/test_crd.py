"""The CRD on a real API server."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from clusters import ClusterError, ControlPlane

pytestmark = pytest.mark.cluster

SPEC = {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"}


def create(cluster: ControlPlane, name: str = "name", **spec: Any) -> Any:
    manifest = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": name},
        "spec": {key: value for key, value in (SPEC | spec).items() if value is not None},
    }
    created = cluster.kubectl(
        "create", "--dry-run=server", "-o", "yaml", "-f", "-", input=yaml.safe_dump(manifest)
    )
    return yaml.safe_load(created)


def test_defaults(cluster1: ControlPlane) -> None:
    assert create(cluster1)["spec"] == SPEC | {"expirationSeconds": 86400}


@pytest.mark.parametrize("name", ["a.b.c", "x" * 63])
def test_names(cluster1: ControlPlane, name: str) -> None:
    assert create(cluster1, name)["metadata"]["name"] == name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "x" * 64}, "metadata.name must have at most 63 characters"),
        ({"clusterName": None}, "spec.clusterName: Required value"),
        ({"clusterName": "UPPER"}, "spec.clusterName: Invalid value"),
        ({"clusterName": "x" * 64}, "spec.clusterName: Too long"),
        ({"namespace": "a.b"}, "spec.namespace: Invalid value"),
        ({"namespace": ""}, "spec.namespace"),
        ({"expirationSeconds": 599}, "should be greater than or equal to 600"),
        ({"audiences": [""]}, "spec.audiences"),
        ({"other": 1}, "unknown field"),
    ],
)
def test_refused(cluster1: ControlPlane, change: Any, said: str) -> None:
    name = "ok"
    if change.get("name"):
        name, change = change["name"], {}
    with pytest.raises(ClusterError, match=said):
        create(cluster1, name, **change)


def test_explain(cluster1: ControlPlane) -> None:
    said = cluster1.kubectl("explain", "sai.spec.expirationSeconds")
    assert "How long a token should be valid" in said


def test_conditions_have_no_enum() -> None:
    # Metacontroller would retry a status that the schema refuses for ever.
    text = (Path(__file__).parents[1] / "deploy" / "crd.yaml").read_text()
    status = yaml.safe_load(text)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert "enum" not in str(status["properties"]["status"])
    assert "minItems" not in str(status["properties"]["status"])
