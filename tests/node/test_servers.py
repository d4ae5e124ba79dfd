"""No annotated pod is refused, and no import late, while our servers, or what runs them, end."""

from collections.abc import Callable

from mcsa_core.names import SYSTEM_NAMESPACE, secret_name
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until
from support.node.real import certificates, containers, images, imports, layout
from support.node.real.load import LATE, Load
from support.node.real.node import Node
from support.samples.aging import Pair, age

Shell = Callable[[str], str]
KUBECTL = f"kubectl --context cluster1 -n {SYSTEM_NAMESPACE}"
SERVERS = "deployment/hooks deployment/admission"
NEXT = "v0.1.1"
"""The tag of the image that is installed by the upgrade."""
HOG = """
import os
import time

for _ in range(40):
    if not os.fork():
        memory = bytearray(8 << 20)
        memory[::4096] = b"x" * len(memory[::4096])
        time.sleep(5)
        os._exit(0)
time.sleep(5)
"""
"""Small processes, so that the kernel ends the server's, which is larger."""


def pods(cluster: ControlPlane, components: str = "hooks, admission") -> list[str]:
    """The names of our servers' pods."""
    selector = f"app.kubernetes.io/component in ({components})"
    items = get(cluster, "pods", "-n", SYSTEM_NAMESPACE, "-l", selector)["items"]
    return [item["metadata"]["name"] for item in items]


def await_roll_out(cluster: ControlPlane, shell: Shell) -> None:
    """The new pods serve, and the old ones, which serve until they have drained, are gone."""
    shell(f"{KUBECTL} rollout status {SERVERS}")
    until(lambda: len(pods(cluster)) == 4)


def restarts(cluster: ControlPlane) -> int:
    """How often containers of ours were started again."""
    pods = get(cluster, "pods", "-n", SYSTEM_NAMESPACE)["items"]
    return sum(
        status["restartCount"] for pod in pods for status in pod["status"]["containerStatuses"]
    )


def test_rollout_restart(cluster1: ControlPlane, shell: Shell, load: Load) -> None:
    with load.event("rollout restart of both servers"):
        shell(f"{KUBECTL} rollout restart {SERVERS}")
        await_roll_out(cluster1, shell)


def test_killed_kubelet(node: Node, cluster1: ControlPlane, load: Load) -> None:
    before = restarts(cluster1)
    with load.event("kubelet killed and started again") as row:
        node.kill("kubelet")
        until(lambda: row.admissions > 20)
        node.start_kubelet()
        cluster1.kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"node/{layout.NAME}")
        until(lambda: row.admissions > 60)
    assert restarts(cluster1) == before


def test_upgrade_during_renewals(
    cluster1: ControlPlane, cluster2: ControlPlane, shell: Shell, load: Load
) -> None:
    names = [f"upgraded-{number}" for number in range(6)]
    imports.create(cluster1, names)
    imports.await_ready(cluster1, names)
    image = images.product()
    repository, _, tag = image.rpartition(":")
    containers.ctr("images", "tag", image, f"{repository}:{NEXT}")
    manifests = shell("kubectl kustomize deploy")
    upgrade = manifests.replace(tag, NEXT)
    assert upgrade != manifests

    with load.event("upgrade to another image, renewals"):
        before = imports.grants(cluster1, names)
        cluster1.kubectl("apply", "-f", "-", input=upgrade)
        for name in names:
            age(Pair(cluster1, cluster2), "default", secret_name("default", name), 590, 600)
        await_roll_out(cluster1, shell)
        until(lambda: not before.items() & imports.grants(cluster1, names).items())
    running = get(cluster1, "pods", "-n", SYSTEM_NAMESPACE, pods(cluster1)[0])
    assert running["spec"]["containers"][0]["image"] == f"{repository}:{NEXT}"
    imports.await_ready(cluster1, names)


def test_renewed_certificates(cluster1: ControlPlane, load: Load) -> None:
    with load.event("the servers' certificates renewed"):
        for component in ("hooks", "admission"):
            new = certificates.renew(cluster1, f"mcsa-{component}-tls")
            for pod in pods(cluster1, component):
                # The kubelet looks after a pod whose annotations change at once.
                cluster1.kubectl("annotate", "pod", "-n", SYSTEM_NAMESPACE, pod, "look=now")
                until(lambda: certificates.served(cluster1, pod) == new, 120)  # noqa: B023


def test_killed_hooks(cluster1: ControlPlane, load: Load) -> None:
    names = [f"many-{number}" for number in range(200)]
    [pod, _] = pods(cluster1, "hooks")
    queue = "imports queue up behind 200 others; no pod is refused"
    with load.event("hooks killed during 200 imports", outage=queue) as row:
        imports.create(cluster1, names)
        containers.kill(cluster1, SYSTEM_NAMESPACE, pod)
        imports.await_ready(cluster1, names)
        cluster1.kubectl("delete", *(f"sai/{name}" for name in names))
        until(lambda: row.imports[-1] < LATE)
    assert row.refusals == []


def test_hooks_out_of_memory(cluster1: ControlPlane, shell: Shell, load: Load) -> None:
    with load.event("hooks out of memory"):
        exhaust_memory(cluster1, shell, pods(cluster1, "hooks")[0])


def test_admission_out_of_memory(cluster1: ControlPlane, shell: Shell, load: Load) -> None:
    refused = "a killed server stays in its Service for a second or two"
    with load.event("admission out of memory, one by one", outage=refused) as row:
        # Both, as the API server calls that to which it has a connection.
        for pod in pods(cluster1, "admission"):
            exhaust_memory(cluster1, shell, pod)
            # A creation that is made again is not refused.
            admissions = row.admissions
            until(lambda: row.admissions > admissions)  # noqa: B023
    assert row.late == []
    assert all("failed calling webhook" in refusal for refusal in row.refusals)


def exhaust_memory(cluster: ControlPlane, shell: Shell, pod: str) -> None:
    """The kernel has ended a server for want of memory, and all are ready again."""
    before, lines = restarts(cluster), log(cluster, pod)

    def is_killed() -> bool:
        """A worker, which gunicorn says, or gunicorn itself, and with it the container."""
        is_said = "out of memory" in log(cluster, pod).removeprefix(lines).lower()
        return is_said or restarts(cluster) > before

    shell(f"{KUBECTL} exec {pod} -- python3 -c '{HOG}' || true")
    until(is_killed)
    shell(f"{KUBECTL} rollout status {SERVERS}")


def log(cluster: ControlPlane, pod: str) -> str:
    """Empty while its container is started again."""
    return cluster.kubectl("logs", "-n", SYSTEM_NAMESPACE, pod, check=False)


def test_sync_beside_metacontroller(cluster1: ControlPlane, shell: Shell, load: Load) -> None:
    with load.event("kubemcsa sync beside Metacontroller"):
        imports.create(cluster1, ["synced"])
        sync = "kubemcsa sync synced -n default --context cluster1"
        shell(sync)
        imports.await_ready(cluster1, ["synced"])
        before = imports.grants(cluster1, ["synced"])
        [_, line] = shell(sync).splitlines()
    assert line.split()[1:4] == ["synced", "True", "TokenIssued"]
    assert imports.grants(cluster1, ["synced"]) == before
