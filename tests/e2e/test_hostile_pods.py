"""Pods that are made to cost the API server, beside another tenant's."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until
from support.engine import automount
from support.loopback.gunicorns import AdmissionServer
from support.samples.admission_pods import ANNOTATION, pod

COMMAS = "," * 60_000


@pytest.fixture
def target(tmp_path: Path) -> Iterator[ControlPlane]:
    """The webhook and the policy for `apps`, and for `other` nothing."""
    with (
        AdmissionServer(tmp_path) as server,
        ControlPlane("cluster1", tmp_path / "cluster1", controller_manager=True) as target,
    ):
        automount.install(target, server)
        yield target


def deploy(target: ControlPlane, namespace: str, name: str, annotation: str | None) -> None:
    """A Deployment of one pod."""
    labels = {"app": name}
    template = {key: pod(annotation, labels=labels)[key] for key in ("metadata", "spec")}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }
    target.kubectl("create", "-f", "-", input=json.dumps(body))


def seconds_until_its_pod(target: ControlPlane, name: str) -> float:
    """How long a new Deployment of the other tenant waits for its pod."""
    begin = time.monotonic()
    deploy(target, "other", name, None)
    until(lambda: get(target, "pods", "-n", "other", "-l", f"app={name}")["items"])
    return time.monotonic() - begin


def refusals(target: ControlPlane) -> list[str]:
    """What the controllers were told of the pods of `apps`."""
    sets = get(target, "replicasets", "-n", "apps")["items"]
    conditions = [c for s in sets for c in s["status"].get("conditions", [])]
    return [c["message"] for c in conditions if c["type"] == "ReplicaFailure"]


def test_another_tenants_pod_does_not_wait(target: ControlPlane) -> None:
    alone = min(seconds_until_its_pod(target, f"alone-{number}") for number in range(3))
    for number in range(6):
        deploy(target, "apps", f"hostile-{number}", COMMAS)
    beside = max(seconds_until_its_pod(target, f"beside-{number}") for number in range(3))
    print(f"a pod appears after {alone:.1f} s, and after {beside:.1f} s beside hostile ones")
    assert beside < alone + 2
    until(lambda: len(refusals(target)) == 6)
    said = f"annotation {ANNOTATION} has 60000 characters, and can have at most 4096"
    assert all(said in message for message in refusals(target))
