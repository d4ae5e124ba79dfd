"""Faults in the middle of work, and an account of what they cost: under the real Metacontroller."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from support.engine.batch import Batch, MakeBatch
from support.engine.losses import NONE, Observer, Report, observe
from support.engine.stack import Stack
from support.node.pod_client import Window
from support.samples.aging import age

HOUR = 3600


def kill_five_times(stack: Stack, seen: Observer) -> int:
    """How many imports had their Secrets when it happened for the last time.

    In between more of them get theirs than can be under way at once: all that was killed is back.
    """
    for _ in range(5):
        served = seen.await_secrets(len(seen.watch.last) + 50)
        stack.hooks.kill_worker()
        stack.engine.kill()
        stack.hooks.await_worker()
        stack.hooks.kill_worker()
        stack.engine.start()
    return served


def make_old(batch: Batch, seconds: int) -> None:
    """Their tokens were granted so many seconds ago, for 24 hours."""
    # A sync that is under way would put the tokens back.
    batch.stack.engine.stop()
    for imported in batch.imports:
        age(batch.stack, batch.namespace, imported.secret_name, seconds, 24 * HOUR)
    batch.stack.engine.start()


def make_due(batch: Batch) -> None:
    """Their tokens are due for renewal, and good for 4 hours more."""
    make_old(batch, 20 * HOUR)


def test_the_hooks_and_metacontroller_are_killed(
    stack: Stack, batch: MakeBatch, report: Report, tmp_path: Path
) -> None:
    there, new = batch(20).ready(), batch(500, name="new")
    both = replace(there, clusters=there.clusters | new.clusters)
    with observe(both, tmp_path) as seen, ThreadPoolExecutor() as background:
        make_due(there)
        created = background.submit(new.create)
        served = kill_five_times(stack, seen)
        created.result()
        both.until("TokenIssued")
        seen.await_secrets(520)
        seen.await_renewals(there)
    losses = seen.losses()
    report(f"{seen}, killed five times until {served} were served: {losses}")
    assert served < 520
    assert losses == NONE


def test_the_source_is_down_for_longer_than_a_renewal(
    stack: Stack, batch: MakeBatch, report: Report, tmp_path: Path
) -> None:
    due = batch(20).ready()
    with observe(due, tmp_path) as seen:
        with Window() as down:
            stack.cluster2.stop_apiserver()
            make_due(due)
            due.until("ClusterUnreachable")
            stack.cluster2.start_apiserver()
        seen.await_renewals(due)
        due.until("TokenIssued")
    losses = seen.losses(down)
    report(f"{seen}: {losses}")
    assert losses == NONE


def test_etcd_of_the_target_is_killed(
    stack: Stack, batch: MakeBatch, report: Report, tmp_path: Path
) -> None:
    there, new = batch(5).ready(), batch(200, name="new")
    both = replace(there, clusters=there.clusters | new.clusters)
    with observe(both, tmp_path) as seen:
        stack.engine.stop()
        new.create()
        stack.engine.start()
        for _ in range(3):
            served = seen.await_secrets(len(seen.watch.last) + 10)
            stack.cluster1.kill_etcd()
            stack.cluster1.start_etcd()
        both.until("TokenIssued")
        seen.await_secrets(205)
    losses = seen.losses()
    report(f"{seen}, killed three times until {served} were served: {losses}")
    assert served < 205
    assert (losses, seen.renewals(there)) == (NONE, 0)


def test_the_signing_key_of_the_source_is_replaced(
    stack: Stack, batch: MakeBatch, report: Report, tmp_path: Path
) -> None:
    all_dead = batch(50).ready()
    # A new token that the source refuses is not replaced at once.
    make_old(all_dead, 600)
    with observe(all_dead, tmp_path) as seen:
        with Window() as dead:
            stack.cluster2.replace_signing_key()
            for imported in all_dead.imports:
                imported.touch()
            all_dead.until("CredentialInvalid")
            stack.bootstrap()
            seen.await_renewals(all_dead)
        # From here on the pod has a token that is alive.
        dead.end = seen.watch.mounted_at[1]
        all_dead.until("TokenIssued")
    losses = seen.losses(dead)
    report(f"{seen}: {losses}")
    assert losses == NONE
