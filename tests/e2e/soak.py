"""Ten minutes of renewals under clients that run all the time: `make soak`."""

import time
from itertools import starmap
from pathlib import Path

from support.cluster.self_review import kubectl_proxy
from support.cluster.waiting import until
from support.engine.batch import Batch
from support.engine.losses import NONE, Report, observe
from support.engine.stack import Import, Stack
from support.node.pod_client import PodClient
from support.samples.aging import age

SECONDS = 600
PAUSE = 2
# The least life that the hooks accept; more of it is left than Go clients keep a token for.
LIFE, LEFT = 600, 180


def renew(imported: Import) -> None:
    """The token was due, and has been renewed."""
    where = (imported.stack, imported.namespace, imported.secret_name)
    old = age(*where, LIFE - LEFT, LIFE)
    until(lambda: imported.token() != old)


def test_clients_follow_renewals(
    stack: Stack,
    introduced: None,
    namespace: str,
    report: Report,
    tmp_path: Path,
) -> None:
    batch = Batch(stack, namespace, {"cluster2-soak": "cluster2"})
    [(secret, subject)] = batch.subjects.items()
    batch.create()
    mounts = tmp_path / "mounts"
    with observe(batch, mounts) as seen:
        proxy = kubectl_proxy(mounts / "cluster2-soak", tmp_path / "kubectl-proxy.log")
        with PodClient(proxy, subject) as go:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                renew(*batch.imports)
                time.sleep(PAUSE)
            # It reads its file about once a minute.
            until(lambda: go.grants[-1:] == [seen.watch.grant(secret)], seconds=300)
    clients = {"the library": seen.pod, "kubectl proxy": go}
    losses = seen.losses()
    by_client = "; ".join(starmap(figures, clients.items()))
    report(f"{seen.renewals(batch)} renewals; {by_client}: {losses}")
    assert (losses, go.failed()) == (NONE, [])
    assert all(len(set(client.grants)) > 1 for client in clients.values())


def figures(name: str, client: PodClient) -> str:
    tokens = len(set(client.grants))
    return f"{name}: {client.requests} requests, {len(client.failures)} failed, {tokens} tokens"
