"""The account of what a fault costs is right: what is done to the imports on purpose is in it."""

from pathlib import Path

from support.cluster.waiting import until
from support.engine.batch import Batch
from support.engine.losses import Losses, observe
from support.engine.stack import Stack
from support.node.pod_client import Window
from support.samples.aging import put


def test_all_losses_are_seen(
    stack: Stack, introduced: None, namespace: str, tmp_path: Path
) -> None:
    batch = Batch(stack, namespace, {"mounted": "cluster2", "other": "cluster2"})
    mounted, other = batch.subjects
    batch.create()
    with observe(batch, tmp_path) as seen:
        until(lambda: other in seen.watch.last)
        put(stack, namespace, other, seen.watch.token(mounted))
        until(lambda: seen.watch.renewed[other] == 2)
        stack.cluster1.kubectl("delete", "secret", "-n", namespace, other)
        until(lambda: seen.watch.lost and other in seen.watch.last)
        with Window() as down:
            stack.cluster2.stop_apiserver()
            until(lambda: seen.pod.failures)
            stack.cluster2.start_apiserver()
    assert seen.losses(down) == Losses(secrets=1, wrong_tokens=1, failed_requests=0)
    assert seen.losses().failed_requests == len(seen.pod.failures)


def test_tokens_that_are_dead_in_the_end_are_seen(
    stack: Stack, introduced: None, namespace: str, tmp_path: Path
) -> None:
    batch = Batch(stack, namespace, {"mounted": "cluster2", "other": "cluster2"})
    batch.create()
    with observe(batch, tmp_path) as seen:
        batch.until("TokenIssued")
        until(lambda: len(seen.watch.last) == 2)
    stack.cluster2.kubectl("delete", "serviceaccount", "-n", namespace, "other")
    until(lambda: seen.losses() == Losses(secrets=0, wrong_tokens=1, failed_requests=0))
