"""The admission function: against bare Flask, and by the time that creating a pod takes."""

import json
import statistics
import tempfile
import time
from pathlib import Path

from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.engine import automount
from support.loopback.gunicorns import AdmissionServer
from support.samples.admission_pods import pod, review
from tools.bench import pace
from tools.bench.figures import p99
from tools.bench.load import Load, in_turn
from tools.bench.tables import Row, Section, Table

ROUNDS, REQUESTS, PARALLEL = 8, 3000, 50
PODS = 300
NAME = "cluster2-default-pod-lister"
TEXT = f"""\
{PARALLEL} clients post the review of an annotated pod over TLS, {REQUESTS:,} in each of {ROUNDS}
rounds, to the admission function and to Flask that answers with what it was sent. Then {PODS}
pods are created with the annotation and as many without, one by one and in turn."""


def measure() -> Section:
    """The admission function was installed in a cluster of its own."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("admission", "echo", "cluster")]
        for path in paths:
            path.mkdir()
        with (
            AdmissionServer(paths[0]) as admission,
            AdmissionServer(paths[1], "tools.bench.floors:echo()") as echo,
            ControlPlane("cluster1", paths[2], controller_manager=True) as target,
        ):
            automount.install(target, admission)
            args = ("create", "-n", "other", "--dry-run=server", "-o", "json", "-f", "-")
            as_sent = json.loads(target.kubectl(*args, input=json.dumps(pod(NAME))))
            without, with_it = _created(ApiClient(target), [None, NAME])
            target.stop()
            body = json.dumps(review(as_sent)).encode()
            reviewed = Load("/mutate", body, REQUESTS, PARALLEL)
            ours, bare = in_turn([(admission, reviewed), (echo, reviewed)], ROUNDS)
    reviews = Table(("parallel reviews", "admission", "bare Flask"), pace.rows(ours, bare))
    names = ("pods, one by one", "with the webhook", "without")
    return Section("Admission", TEXT, [reviews, Table(names, _rows(with_it, without))])


def _created(api: ApiClient, names: list[str | None]) -> list[list[float]]:
    """How long each of PODS took with each of these annotations, in ms."""
    taken: list[list[float]] = [[] for _ in names]
    for number in range(PODS):
        for kind, annotation in enumerate(names):
            started = time.perf_counter()
            client = pod(annotation, name=f"bench-{kind}-{number}")
            api("POST", "/api/v1/namespaces/apps/pods", client)
            taken[kind].append((time.perf_counter() - started) * 1000)
    return taken


def _rows(with_it: list[float], without: list[float]) -> list[Row]:
    return [
        Row(f"{what}", f"{of(with_it):.1f} ms", f"{of(without):.1f} ms", of(with_it) / of(without))
        for what, of in (("median", statistics.median), ("99th percentile", p99))
    ]
