"""A pod whose clients run all the time, and say which token the source gets from them."""

import json
from typing import Any

from mcsa_core.names import IMPORT_NAME, MOUNT_ROOT, secret_name
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until
from support.samples.aging import Pair, age

from . import images, imports

NAME = "followed"
LIFE, SPENT = 600, 300
"""The least life of a token, and how much of it is over when the pod starts."""
CLIENTS = ("library", "through-kubectl")
SCRIPT = """
import sys
import time

from kubernetes import client
from multicluster_service_account import service_account_import_config_and_namespace

if len(sys.argv) > 1:
    config = client.Configuration(host=sys.argv[1])
else:
    config, _ = service_account_import_config_and_namespace()
api = client.AuthenticationV1Api(client.ApiClient(config))
last = ""
while True:
    try:
        review = api.create_self_subject_review(client.V1SelfSubjectReview(), _request_timeout=10)
        line = review.status.user_info.extra["authentication.kubernetes.io/credential-id"][0]
    except Exception as error:
        # At first the other container may not listen yet.
        line = f"failed: {type(error).__name__} {error}" if last else ""
    if line != last:
        print(line, flush=True)
    last = line
    time.sleep(1)
"""


def start(cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    """The pod runs; its token is renewed in 100 s, and again 400 s later."""
    imports.create(cluster1, [NAME], expirationSeconds=LIFE)
    imports.await_ready(cluster1, [NAME])
    age(Pair(cluster1, cluster2), "default", secret_name("default", NAME), SPENT, LIFE)
    cluster1.kubectl("create", "-f", "-", input=json.dumps(_pod()))
    cluster1.kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"pod/{NAME}")


def answers(cluster: ControlPlane, client: str) -> list[str]:
    """The ids of the tokens that a client has used, in their order, and its failures."""
    return cluster.kubectl("logs", NAME, "-c", client).split("\n")[:-1]


def await_renewals(cluster: ControlPlane, count: int, seconds: float) -> None:
    """Each client has used so many tokens more than the first, without a failure or a restart."""
    for client in CLIENTS:
        tokens = until(lambda: _enough(answers(cluster, client), count), seconds)  # noqa: B023
        assert not [token for token in tokens if token.startswith("failed")], tokens
    statuses = get(cluster, "pod", NAME)["status"]["containerStatuses"]
    assert [status["restartCount"] for status in statuses] == [0] * len(statuses)


def _enough(lines: list[str], count: int) -> list[str]:
    return lines if len(set(lines)) > count else []


def _pod() -> dict[str, Any]:
    image = images.of_example("multicluster-client")
    script = ["python", "-c", SCRIPT]
    proxy = ["kubectl", "proxy", f"--kubeconfig={MOUNT_ROOT}/{NAME}/config"]
    library, through_kubectl = CLIENTS
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "namespace": "default", "annotations": {IMPORT_NAME: NAME}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 1,
            "containers": [
                {"name": library, "image": image, "command": script},
                {"name": "kubectl", "image": images.of_example("kubectl"), "command": proxy},
                {
                    "name": through_kubectl,
                    "image": image,
                    "command": [*script, "http://127.0.0.1:8001"],
                },
            ],
        },
    }
