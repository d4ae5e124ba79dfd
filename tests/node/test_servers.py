"""No annotated pod is refused while our servers, or what runs them, are replaced."""

from collections.abc import Callable

import pytest

from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until
from support.node.real import layout
from support.node.real.admissions import Admissions
from support.node.real.node import Node

SYSTEM = "multicluster-service-account"
NAME = "cluster2-default-pod-lister"


@pytest.fixture
def labelled(cluster1: ControlPlane, introduced: None) -> None:
    """Automount is on, and the import is Ready."""
    cluster1.kubectl("label", "namespace", "default", f"{SYSTEM}=enabled", "--overwrite")
    cluster1.kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"sai/{NAME}")


def restarts(cluster: ControlPlane) -> int:
    """How often containers of ours were started again."""
    pods = get(cluster, "pods", "-n", SYSTEM)["items"]
    return sum(
        status["restartCount"] for pod in pods for status in pod["status"]["containerStatuses"]
    )


def test_rollout_restart(
    cluster1: ControlPlane, shell: Callable[[str], str], labelled: None
) -> None:
    with Admissions(cluster1, NAME) as admissions:
        kubectl = f"kubectl --context cluster1 -n {SYSTEM}"
        deployments = "deployment/hooks deployment/admission"
        shell(f"{kubectl} rollout restart {deployments}\n{kubectl} rollout status {deployments}")
        # The old pods serve until they have drained.
        until(
            lambda: (
                len(get(cluster1, "pods", "-n", SYSTEM, "-l", "pod-template-hash")["items"]) == 4
            )
        )
    assert admissions.refusals == []
    assert admissions.admitted > 20


def test_killed_kubelet(node: Node, cluster1: ControlPlane, labelled: None) -> None:
    before = restarts(cluster1)
    with Admissions(cluster1, NAME) as admissions:
        node.kill("kubelet")
        until(lambda: admissions.admitted > 20)
        node.start_kubelet()
        cluster1.kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"node/{layout.NAME}")
        until(lambda: admissions.admitted > 60)
    assert admissions.refusals == []
    assert restarts(cluster1) == before
