"""Two imports in a pod with init containers, a sidecar, and containers of several users."""

import json

import pytest

from mcsa_core.names import IMPORT_NAME
from support.cluster import ControlPlane
from support.node.real import followers, images, imports
from support.node.real.load import Load

NAMES = ["shape-a", "shape-b"]
SCRIPT = """
import os

from kubernetes import client
from multicluster_service_account import all_service_account_import_configs_and_namespaces

for name, (config, namespace) in all_service_account_import_configs_and_namespaces().items():
    client.CoreV1Api(client.ApiClient(config)).list_namespaced_pod(namespace)
    print(name, os.getuid(), flush=True)
"""
THEN_STAY = "import time\ntime.sleep(3600)\n"


@pytest.fixture(scope="module")
def pod(cluster1: ControlPlane, load: Load) -> str:
    """Its name; its containers have ended, but for the sidecar."""
    image = images.of_example("multicluster-client")

    def container(name: str, user: int, script: str = SCRIPT) -> dict[str, object]:
        security = {"runAsUser": user, "runAsGroup": user}
        command = ["python", "-c", script]
        return {"name": name, "image": image, "command": command, "securityContext": security}

    spec = {
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "initContainers": [
            container("first", 1000),
            container("sidecar", 2000, SCRIPT + THEN_STAY) | {"restartPolicy": "Always"},
            container("last", 3000),
        ],
        "containers": [container("root", 0), container("other", 54321)],
    }
    metadata = {"name": "shapes", "annotations": {IMPORT_NAME: ",".join(NAMES)}}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    succeeded = "--for=jsonpath={.status.phase}=Succeeded"
    with load.event("a pod with two imports, five containers"):
        imports.create(cluster1, NAMES)
        imports.await_ready(cluster1, NAMES)
        cluster1.kubectl("create", "-f", "-", input=json.dumps(body))
        cluster1.kubectl("wait", succeeded, "--timeout=120s", "pod/shapes")
    return "shapes"


@pytest.mark.parametrize(
    ("container", "user"),
    [("first", 1000), ("sidecar", 2000), ("last", 3000), ("root", 0), ("other", 54321)],
)
def test_each_container_calls_with_both(
    container: str, user: int, cluster1: ControlPlane, pod: str
) -> None:
    lines = cluster1.kubectl("logs", pod, "-c", container).splitlines()
    assert lines == [f"{name} {user}" for name in NAMES]


def test_clients_begin_to_follow_their_token(
    cluster1: ControlPlane, cluster2: ControlPlane, pod: str
) -> None:
    followers.start(cluster1, cluster2)
