"""A source that accepts and never answers, among others: under the real Metacontroller."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.cluster.reading import get
from support.engine.batch import MakeBatch
from support.engine.losses import NONE, Report, observe
from support.engine.stack import Stack
from support.node.pod_client import Window

SYSTEM_SECRETS = f"/api/v1/namespaces/{SYSTEM_NAMESPACE}/secrets"


@pytest.fixture
def other(stack: Stack, introduced: None, namespace: str, tmp_path: Path) -> Iterator[Stack]:
    """The same with another source, cluster3."""
    with ControlPlane("cluster3", tmp_path / "cluster3") as cluster3:
        cluster3.kubectl("create", "namespace", namespace)
        introduced_too = replace(stack, cluster2=cluster3)
        introduced_too.bootstrap()
        yield introduced_too
        stack.cluster1.kubectl("delete", "sai,secret", "-n", SYSTEM_NAMESPACE, "cluster3")


@contextmanager
def registered(stack: Stack, names: list[str]) -> Iterator[None]:
    """cluster1 knows cluster2 by these names too, as somebody registered it by hand."""
    credential = get(stack.cluster1, "secret", "-n", SYSTEM_NAMESPACE, "cluster2")
    target = ApiClient(stack.cluster1)
    for name in names:
        config = {"config": credential["data"]["config"]}
        target("POST", SYSTEM_SECRETS, {"metadata": {"name": name}, "data": config})
    yield
    for name in names:
        target("DELETE", f"{SYSTEM_SECRETS}/{name}")


def test_one_source_of_twenty_is_a_black_hole(
    stack: Stack, other: Stack, batch: MakeBatch, report: Report, tmp_path: Path
) -> None:
    names = [f"source-{number}" for number in range(19)]
    hole = replace(batch(5, "cluster3"), stack=other).ready()
    each = (batch(5, name).clusters.items() for name in names)
    healthy = replace(hole, stack=stack, clusters=dict(chain.from_iterable(each)))
    with registered(stack, names), observe(hole, tmp_path / "hole") as in_hole:
        with Window() as down:
            other.cluster2.freeze_apiserver()
            for imported in hole.imports:
                imported.touch()
            healthy.create()
            with observe(healthy, tmp_path / "healthy") as seen:
                healthy.until("TokenIssued")
                seen.await_secrets(95)
                hole.until("ClusterUnreachable")
            other.cluster2.thaw_apiserver()
        hole.until("TokenIssued")
    losses = (seen.losses(), in_hole.losses(down))
    report(f"{seen}; in the black hole: {in_hole}: {losses}")
    assert (losses, in_hole.renewals(hole)) == ((NONE, NONE), 0)
