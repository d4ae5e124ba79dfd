"""No annotated pod is refused, and no import late, while our servers, or what runs them, end."""

from collections.abc import Callable

from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until
from support.node.real import layout
from support.node.real.load import Load
from support.node.real.node import Node


def restarts(cluster: ControlPlane) -> int:
    """How often containers of ours were started again."""
    pods = get(cluster, "pods", "-n", SYSTEM_NAMESPACE)["items"]
    return sum(
        status["restartCount"] for pod in pods for status in pod["status"]["containerStatuses"]
    )


def test_rollout_restart(cluster1: ControlPlane, shell: Callable[[str], str], load: Load) -> None:
    with load.event("rollout restart of both servers"):
        kubectl = f"kubectl --context cluster1 -n {SYSTEM_NAMESPACE}"
        deployments = "deployment/hooks deployment/admission"
        shell(f"{kubectl} rollout restart {deployments}\n{kubectl} rollout status {deployments}")
        # The old pods serve until they have drained.
        servers = "app.kubernetes.io/component in (hooks,admission)"
        pods = ("pods", "-n", SYSTEM_NAMESPACE, "-l", servers)
        until(lambda: len(get(cluster1, *pods)["items"]) == 4)


def test_killed_kubelet(node: Node, cluster1: ControlPlane, load: Load) -> None:
    before = restarts(cluster1)
    with load.event("kubelet killed and started again") as row:
        node.kill("kubelet")
        until(lambda: row.admissions > 20)
        node.start_kubelet()
        cluster1.kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"node/{layout.NAME}")
        until(lambda: row.admissions > 60)
    assert restarts(cluster1) == before
