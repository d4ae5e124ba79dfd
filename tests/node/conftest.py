"""A real node with both clusters for the whole session: `make node` starts these tests there."""

import os
from collections.abc import Callable, Iterator

import pytest

from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.scripts import run
from support.documents import blocks, quick_start
from support.engine import metacontroller
from support.node.real import layout, upstream
from support.node.real.load import Load
from support.node.real.node import Node

collect_ignore_glob = [] if layout.inside() else ["*"]

Shell = Callable[[str], str]


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    with Node() as node:
        yield node


@pytest.fixture(scope="session")
def cluster1(node: Node) -> ControlPlane:
    """Whose node it is."""
    return node.cluster1


@pytest.fixture(scope="session")
def cluster2(node: Node) -> ControlPlane:
    """The source."""
    return node.cluster2


@pytest.fixture(scope="session")
def shell(cluster1: ControlPlane, cluster2: ControlPlane) -> Shell:
    """What commands print that a user types; AssertionError if one fails."""
    return lambda script: run(script, cluster1, cluster2)


@pytest.fixture(scope="session")
def engine(shell: Shell) -> None:
    """Metacontroller is Ready, by the commands of the page on installing."""
    if metacontroller.installed() is None:
        pytest.skip(metacontroller.ABSENT)
    os.environ.update(upstream.environment(layout.FOLDER / "metacontroller"))
    [apply] = blocks("docs/install.md", "shell", "Metacontroller")
    shell(apply)


@pytest.fixture(scope="session")
def installed(shell: Shell, engine: None) -> str:
    """What the installation prints; the servers are Ready."""
    [install] = blocks("docs/install.md", "bash", "The servers")
    return shell(install)


@pytest.fixture(scope="session")
def introduced(shell: Shell, installed: str) -> None:
    """cluster1 may import default/pod-lister, and does, by the commands of README."""
    shell("".join(quick_start()))


@pytest.fixture(scope="session")
def load(cluster1: ControlPlane, introduced: None) -> Iterator[Load]:
    """Annotated pods and imports are made all the time, from the first test on that asks for it."""
    name = "cluster2-default-pod-lister"
    cluster1.kubectl("label", "namespace", "default", f"{SYSTEM_NAMESPACE}=enabled", "--overwrite")
    cluster1.kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"sai/{name}")
    with Load(cluster1, name) as load:
        yield load
