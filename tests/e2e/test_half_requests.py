"""300 clients on each port that begin requests and do not end them: nobody else is refused."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from support import ROOT
from support.cluster.loopback import HOST, free_ports
from support.cluster.reading import memory_limit
from support.engine import automount
from support.engine.batch import MakeBatch
from support.engine.stack import Stack
from support.loopback.gunicorns import AdmissionServer
from support.loopback.half_requests import flood
from support.samples.admission_pods import MOUNT_ROOT as MOUNTS
from support.samples.admission_pods import mount_paths, pod

DEPLOY = ROOT / "deploy"
CLIENTS, PODS, IMPORTS = 300, 50, 100


@pytest.fixture
def metrics() -> str:
    """Where the admission function is scraped."""
    return f"{HOST}:{free_ports(1)[0]}"


@pytest.fixture
def admission(
    stack: Stack, namespace: str, tmp_path: Path, metrics: str
) -> Iterator[AdmissionServer]:
    """The admission function, for pods of the namespace."""
    cluster = stack.cluster1
    automount.await_account(cluster, namespace)
    cluster.kubectl("label", "namespace", namespace, "multicluster-service-account=enabled")
    with AdmissionServer(tmp_path, environ={"MCSA_METRICS_ADDRESS": metrics}) as server:
        automount.register(cluster, server, namespace)
        yield server
        cluster.kubectl("delete", "-f", str(DEPLOY / "webhook.yaml"))


def test_nobody_else_is_refused(
    stack: Stack, admission: AdmissionServer, metrics: str, namespace: str, batch: MakeBatch
) -> None:
    imports = batch(IMPORTS)
    # Of hooks that did not answer, in tests before this.
    failed = stack.engine.log.read_text().count("http error")
    create = ("create", "-n", namespace, "--dry-run=server", "-o", "json", "-f", "-")
    with ExitStack() as floods:
        for port, ca in (
            (stack.hooks.port, None),
            (admission.port, admission.ca),
            (int(metrics.rpartition(":")[2]), None),
        ):
            floods.enter_context(flood(port, ca, CLIENTS))
        imports.create()
        created = [
            json.loads(stack.cluster1.kubectl(*create, input=json.dumps(pod("a"))))
            for _ in range(PODS)
        ]
        imports.until("TokenIssued")
        scraped = requests.get(f"http://{metrics}/metrics", timeout=5).text
    assert [mount_paths(pod) for pod in created] == [[[f"{MOUNTS}/a"]]] * PODS
    assert 'mcsa_reviews_total{outcome="mounted"}' in scraped
    assert stack.engine.log.read_text().count("http error") == failed
    assert stack.hooks.peak_memory() < memory_limit("hooks")
    assert admission.peak_memory() < memory_limit("admission")
