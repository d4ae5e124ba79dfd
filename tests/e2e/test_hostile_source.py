"""A source whose answers are expensive rubbish, beside one that is well."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from statistics import median
from typing import Any

import pytest
import requests

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from mcsa_core.names import SYSTEM_NAMESPACE, secret_name
from support.cluster.api_client import ApiClient
from support.cluster.waiting import until
from support.engine.batch import Batch, MakeBatch, imports_path
from support.engine.losses import Report
from support.engine.stack import Stack
from support.loopback import hostile
from support.loopback.hostile import Behaviour, Hostile

SYSTEM_SECRETS = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/secrets"
MANY, POSTS, ROUNDS = 20, 50, 3
EVERY_SECONDS = 0.02
PATCH = {"Content-Type": "application/merge-patch+json"}
RUBBISH = {
    "JSON": hostile.answer(b"[" + b",".join([b'{"a":[]}'] * 116_000) + b"]"),
    "chunks of a byte": hostile.chunks_of_a_byte,
}


@contextmanager
def registered(stack: Stack, name: str, server: Hostile) -> Iterator[None]:
    """cluster1 knows a server by that name, as somebody registered it by hand."""
    access = Access(Endpoint(server.url, server.ca), "token", SYSTEM_NAMESPACE)
    target = ApiClient(stack.cluster1)
    credential = {"metadata": {"name": name}, "data": secret.data(name, access)}
    target("POST", SYSTEM_SECRETS, credential)
    try:
        yield
    finally:
        target("DELETE", f"{SYSTEM_SECRETS}/{name}")


@contextmanager
def touching(batch: Batch) -> Iterator[None]:
    """Metacontroller syncs these imports, one after the other, all the time."""
    over = threading.Event()

    def touch() -> None:
        target = ApiClient(batch.stack.cluster1)
        for number, name in enumerate(cycle(batch.clusters)):
            if over.wait(EVERY_SECONDS):
                return
            body = json.dumps({"metadata": {"annotations": {"seen": str(number)}}})
            path = f"{imports_path(batch.namespace)}/{name}"
            target.send("PATCH", path, data=body, headers=PATCH)

    thread = threading.Thread(target=touch)
    before = batch.stack.syncs()
    thread.start()
    try:
        until(lambda: batch.stack.syncs() - before > 3 * len(batch.clusters))
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def timed(stack: Stack, batch: MakeBatch, namespace: str) -> Callable[[], list[float]]:
    """How many seconds each of several syncs of a healthy import takes."""
    [name] = batch(1, name="healthy").ready().clusters
    body = _request(ApiClient(stack.cluster1), namespace, name)

    def measure() -> list[float]:
        taken = []
        with requests.Session() as session:
            for _ in range(POSTS):
                began = time.perf_counter()
                answer = session.post(f"{stack.hooks.url}/serviceaccountimports/sync", json=body)
                taken.append(time.perf_counter() - began)
                assert answer.json()["status"]["conditions"][0]["reason"] == "TokenIssued"
        return taken

    return measure


def _request(target: ApiClient, namespace: str, name: str) -> Any:
    """What Metacontroller posts for an import."""
    own = f"{namespace}/{secret_name(namespace, name)}"
    child = target("GET", f"/api/v1/namespaces/{own.replace('/', '/secrets/')}")
    credential = target("GET", f"{SYSTEM_SECRETS}/cluster2")
    return {
        "parent": target("GET", f"{imports_path(namespace)}/{name}"),
        "children": {"Secret.v1": {own: child}},
        "related": {"Secret.v1": {own: child, f"{SYSTEM_NAMESPACE}/cluster2": credential}},
    }


@pytest.mark.parametrize("behaviour", RUBBISH.values(), ids=RUBBISH)
def test_rubbish_costs_the_others_nothing(
    stack: Stack,
    batch: MakeBatch,
    timed: Callable[[], list[float]],
    behaviour: Behaviour,
    report: Report,
) -> None:
    """Compared with as many syncs of a source that is well."""
    good = batch(MANY).ready()
    with Hostile(behaviour) as server, registered(stack, "rubbish", server):
        rubbish = batch(MANY, "rubbish")
        rubbish.create()
        rubbish.until("ClusterUnreachable")
        good_seconds, rubbish_seconds = list[float](), list[float]()
        for _ in range(ROUNDS):
            with touching(good):
                good_seconds += timed()
            with touching(rubbish):
                rubbish_seconds += timed()
        calls = len(server.requests)
    good_ms, rubbish_ms = (median(taken) * 1000 for taken in (good_seconds, rubbish_seconds))
    report(f"{calls} calls of the rubbish source, a sync {good_ms:.1f}, {rubbish_ms:.1f} ms")
    assert rubbish_ms < 2 * good_ms
