"""Imports of default/pod-lister in cluster1's namespace default, some or many at once."""

from collections.abc import Sequence
from typing import Any

from mcsa_core.names import API_VERSION, KIND
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.cluster.reading import get
from support.engine.batch import imports_path


def create(cluster: ControlPlane, names: Sequence[str], **spec: Any) -> None:
    """The imports are there, made several at a time."""
    source = {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"}
    kind = {"apiVersion": API_VERSION, "kind": KIND, "spec": source | spec}
    bodies = ({**kind, "metadata": {"name": name}} for name in names)
    ApiClient(cluster).create_all(imports_path("default"), bodies)


def await_ready(cluster: ControlPlane, names: Sequence[str], seconds: int = 120) -> None:
    """All of them are Ready."""
    ready = ("wait", "--for=condition=Ready", f"--timeout={seconds}s")
    cluster.kubectl(*ready, *(f"sai/{name}" for name in names))


def grants(cluster: ControlPlane, names: Sequence[str]) -> dict[str, str]:
    """The id of each one's token, by its status; none is left out."""
    items = get(cluster, "sai", "-n", "default", *names)
    listed = items["items"] if len(names) > 1 else [items]
    return {
        item["metadata"]["name"]: item.get("status", {}).get("credentialID", "") for item in listed
    }
