"""Who reaches which port of our pods, and what these reach, where NetworkPolicies are enforced."""

import json
from collections.abc import Callable, Iterator

import pytest

from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until
from support.node.real import images, imports, policies
from support.node.real.load import Load

SYSTEM, ENGINE, PROBES = SYSTEM_NAMESPACE, "metacontroller", ("default", "monitoring")
SCRIPT = """
import socket
import sys

for address in sys.argv[1:]:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        continue
    print(address)
"""
WEBHOOK = {"admission:8443"}
METRICS = {"hooks:9090", "admission:9090"}
ALL = {"hooks:8443", f"{ENGINE}:8081", f"{ENGINE}:9999"} | WEBHOOK | METRICS

Look = Callable[[str], set[str]]


@pytest.fixture(scope="module")
def reached(cluster1: ControlPlane, load: Load) -> Iterator[Look]:
    """Which of ALL a pod of that namespace can connect to."""
    if not policies.installed():
        pytest.skip(policies.ABSENT)
    for namespace in PROBES:
        create_probe(cluster1, namespace)

    def look(namespace: str) -> set[str]:
        hosts = {"metacontroller": host(cluster1, ENGINE, f"app.kubernetes.io/name={ENGINE}")}
        for component in ("hooks", "admission"):
            selector = f"app.kubernetes.io/component={component}"
            hosts[component] = host(cluster1, SYSTEM, selector)
        addresses = {}
        for target in ALL:
            name, _, port = target.partition(":")
            addresses[f"{hosts[name]}:{port}"] = target
        return {
            addresses[address] for address in connected(cluster1, namespace, "probe", *addresses)
        }

    yield look
    for namespace in PROBES:
        cluster1.kubectl("delete", "pod", "-n", namespace, "probe")


def connected(cluster: ControlPlane, namespace: str, pod: str, *addresses: str) -> list[str]:
    """The addresses to which a container of ours or of the examples can connect."""
    command = ("exec", "-n", namespace, pod, "--", "python3", "-c", SCRIPT)
    return cluster.kubectl(*command, *addresses).split()


def create_probe(cluster: ControlPlane, namespace: str) -> None:
    """A pod that runs; its label is Metacontroller's, which alone opens nothing."""
    labels = {"app.kubernetes.io/name": ENGINE}
    container = {
        "name": "probe",
        "image": images.of_example("multicluster-client"),
        "command": ["python", "-c", "import time; time.sleep(3600)"],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "probe", "namespace": namespace, "labels": labels},
        "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]},
    }
    if namespace != "default":
        cluster.kubectl("create", "namespace", namespace)
    # The namespace's default account is made a moment after the namespace.
    until(lambda: cluster.kubectl("get", "sa", "-n", namespace, "default", check=False))
    cluster.kubectl("create", "-f", "-", input=json.dumps(pod))
    ready = ("wait", "--for=condition=Ready", "--timeout=60s")
    cluster.kubectl(*ready, "-n", namespace, "pod/probe")


def host(cluster: ControlPlane, namespace: str, selector: str) -> str:
    """The address of one of the pods."""
    [pod, *_] = get(cluster, "pods", "-n", namespace, "-l", selector)["items"]
    return str(pod["status"]["podIP"])


def test_other_namespaces_reach_the_webhook_only(reached: Look) -> None:
    assert {namespace: reached(namespace) for namespace in PROBES} == dict.fromkeys(PROBES, WEBHOOK)


def test_monitoring_reaches_the_metrics_too(cluster1: ControlPlane, reached: Look) -> None:
    policy = ("-n", SYSTEM, "-f", "deploy/monitoring/networkpolicy.yaml")
    cluster1.kubectl("apply", *policy)
    until(lambda: reached("monitoring") == WEBHOOK | METRICS)
    assert reached("default") == WEBHOOK
    cluster1.kubectl("delete", *policy)
    until(lambda: reached("monitoring") == WEBHOOK)


@pytest.mark.usefixtures("reached")
def test_only_the_hooks_call_the_source(cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    source = cluster2.server.removeprefix("https://")
    assert connected(cluster1, SYSTEM, "deployment/hooks", source) == [source]
    assert connected(cluster1, SYSTEM, "deployment/admission", source) == []


def test_what_has_to_pass(cluster1: ControlPlane, reached: Look) -> None:
    # Metacontroller reaches the hooks, and these cluster2.
    imports.create(cluster1, ["behind-policies"])
    imports.await_ready(cluster1, ["behind-policies"])
    # The kubelet's probes reach each pod.
    for namespace in (SYSTEM, ENGINE):
        pods = get(cluster1, "pods", "-n", namespace)["items"]
        statuses = [status for pod in pods for status in pod["status"]["containerStatuses"]]
        assert statuses
        assert all(status["ready"] and not status["restartCount"] for status in statuses)


def test_without_policies_all_is_open(
    cluster1: ControlPlane, cluster2: ControlPlane, reached: Look, load: Load
) -> None:
    source = cluster2.server.removeprefix("https://")
    with load.event("NetworkPolicies deleted and made again"):
        for namespace in (SYSTEM, ENGINE):
            cluster1.kubectl("delete", "networkpolicies", "-n", namespace, "--all")
        until(lambda: reached("default") == ALL)
        until(lambda: connected(cluster1, SYSTEM, "deployment/admission", source))
        cluster1.kubectl("apply", "-k", "deploy")
        cluster1.kubectl("apply", "-f", "deploy/metacontroller/networkpolicy.yaml")
        until(lambda: reached("default") == WEBHOOK)
