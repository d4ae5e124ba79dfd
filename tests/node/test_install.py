"""The installation, by the commands of its page, and what is there afterwards."""

import re

from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until

SYSTEM = "multicluster-service-account"


def test_everything_is_ready(cluster1: ControlPlane, installed: str) -> None:
    for name in ("certificates", "hooks", "admission"):
        assert f'deployment "{name}" successfully rolled out' in installed
    status = get(cluster1, "deployment", "-n", SYSTEM, "hooks")["status"]
    assert status["readyReplicas"] == 2


def test_an_import_becomes_ready(cluster1: ControlPlane, introduced: None) -> None:
    wait = ("wait", "--for=condition=Ready", "--timeout=60s", "sai", "--all", "-A")
    assert len(re.findall("condition met", cluster1.kubectl(*wait))) == 2


def test_no_container_has_started_twice(cluster1: ControlPlane, introduced: None) -> None:
    pods = until(lambda: get(cluster1, "pods", "-A")["items"])
    restarts = {
        pod["metadata"]["name"]: status["restartCount"]
        for pod in pods
        for status in pod["status"].get("containerStatuses", [])
    }
    assert set(restarts.values()) == {0}, restarts
