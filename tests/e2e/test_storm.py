"""A source was away and comes back: all its imports are synced at once, by Metacontroller."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support import ROOT
from support.cluster import ControlPlane
from support.cluster.audit import AuditLog
from support.cluster.introduction import introduce
from support.engine.batch import Batch
from support.engine.losses import Report
from support.engine.metacontroller import SETTINGS, Metacontroller
from support.engine.secret_watch import SecretWatch
from support.engine.stack import Import, Stack
from support.loopback.gunicorns import HookServer
from support.node.kubelet import Mount

SYSTEM = "multicluster-service-account"
NAMESPACE = "storm"
IMPORTS = 500


class Clusters(NamedTuple):
    """A target with two sources."""

    stack: Stack
    source: AuditLog
    """Of the source that has the storm."""


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clusters]:
    """As `stack`, with Metacontroller's settings of deploy/metacontroller, and cluster3."""
    folder = tmp_path_factory.mktemp("storm")
    audit = AuditLog(folder)
    with (
        ControlPlane("cluster1", folder / "1", controller_manager=True) as cluster1,
        ControlPlane("cluster2", folder / "2", flags=audit.flags) as cluster2,
        ControlPlane("cluster3", folder / "3") as cluster3,
        HookServer(folder, {"GUNICORN_CMD_ARGS": "--access-logfile=-"}) as hooks,
    ):
        for file in ("crd.yaml", "policy-credentials.yaml", "policy-secrets.yaml"):
            cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / file))
        for cluster in (cluster1, cluster2, cluster3):
            cluster.kubectl("create", "namespace", NAMESPACE)
        cluster3.kubectl("create", "serviceaccount", "-n", NAMESPACE, "pod-lister")
        for source in (cluster2, cluster3):
            introduce(cluster1, source)
        engine = Metacontroller(cluster1, folder, hooks.url)
        with engine:
            yield Clusters(Stack(cluster1, cluster2, hooks, engine), audit)


def workers() -> int:
    """How many syncs Metacontroller makes at a time."""
    [number] = [arg for arg in SETTINGS if arg.startswith("--workers=")]
    return int(number.partition("=")[2])


def sync_all(stack: Stack) -> None:
    """A credential of cluster2 is rewritten: Metacontroller syncs all imports of cluster2 now."""
    stamp = f"rewritten={time.monotonic_ns()}"
    stack.cluster1.kubectl("annotate", "--overwrite", "secret", "-n", SYSTEM, "cluster2", stamp)


def await_new_import(stack: Stack, name: str) -> float:
    """The seconds after which a new import of cluster3 was Ready."""
    sai = Import(stack, NAMESPACE, name)
    started = time.monotonic()
    sai.create(clusterName="cluster3")
    sai.until("TokenIssued")
    return time.monotonic() - started


def test_a_source_comes_back(clusters: Clusters, figures: Report, tmp_path: Path) -> None:
    stack, source = clusters
    batch = Batch(stack, NAMESPACE, {f"import-{n}": "cluster2" for n in range(IMPORTS)}).ready()
    with SecretWatch(stack.cluster1, NAMESPACE, batch.subjects, Mount(tmp_path)) as watch:
        stack.cluster2.stop_apiserver()
        sync_all(stack)
        away = await_new_import(stack, "while-it-is-away")
        batch.until("ClusterUnreachable")
        stack.engine.kill()
        sync_all(stack)
        stack.cluster2.start_apiserver()
        stack.engine.start()
        back = await_new_import(stack, "when-it-is-back")
        batch.until("TokenIssued")
    most, calls = source.most_at_a_time(), len(source.calls())
    figures(
        f"{IMPORTS} imports of a source that was away; another cluster's import was Ready after"
        f" {away:.0f} s and {back:.0f} s; {calls} calls of the source, {most} at a time"
    )
    assert (watch.lost, watch.wrong, len(watch.last)) == (0, 0, IMPORTS)
    assert set(watch.renewed.values()) == {0}
    assert most <= workers()
