"""The only node goes off and on again."""

from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until
from support.node.real import layout
from support.node.real.load import LATE, Load
from support.node.real.node import Node

SERVERS = ("-l", "app.kubernetes.io/component in (hooks,admission)")


def test_reboot(node: Node, cluster1: ControlPlane, load: Load) -> None:
    pods = ("pods", "-n", SYSTEM_NAMESPACE, *SERVERS)
    before = {pod["metadata"]["name"] for pod in get(cluster1, *pods)["items"]}
    with load.event("node rebooted", outage="all replicas are on the only node") as row:
        node.reboot()
        cluster1.kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"node/{layout.NAME}")
        admissions = row.admissions
        until(lambda: row.admissions > admissions + 20, 180)
        until(lambda: row.imports and row.imports[-1] < LATE, 180)
    # The same pods, whose containers were started again.
    items = get(cluster1, *pods)["items"]
    assert {pod["metadata"]["name"] for pod in items} == before
    assert all(pod["status"]["containerStatuses"][0]["restartCount"] > 0 for pod in items)
