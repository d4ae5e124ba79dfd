"""Two clusters, the hooks under gunicorn and the real Metacontroller, for all tests in here."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from support import ROOT
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.cluster.waiting import until
from support.engine import metacontroller
from support.engine.batch import Batch, MakeBatch, imports_path
from support.engine.losses import Report
from support.engine.metacontroller import Metacontroller
from support.engine.stack import Import, Stack
from support.loopback.gunicorns import HookServer

FIGURES = pytest.StashKey[list[str]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)
            if metacontroller.installed() is None:
                item.add_marker(pytest.mark.skip(reason=metacontroller.ABSENT))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in terminalreporter.config.stash.get(FIGURES, []):
        terminalreporter.write_line(line)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Report:
    """Says figures of the test at the end of the run."""
    lines = request.config.stash.setdefault(FIGURES, [])
    return lambda words: lines.append(f"{request.node.name}: {words}")


@pytest.fixture
def report(figures: Report, stack: Stack) -> Report:
    """Says at the end of the run how much was going on in the test."""
    before = stack.syncs()
    return lambda words: figures(f"{stack.syncs() - before} syncs, {words}")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Not yet introduced to one another."""
    folder = tmp_path_factory.mktemp("e2e")
    with (
        ControlPlane("cluster1", folder / "1", controller_manager=True) as cluster1,
        ControlPlane("cluster2", folder / "2") as cluster2,
        HookServer(folder, {"GUNICORN_CMD_ARGS": "--access-logfile=-"}) as hooks,
    ):
        for file in ("crd.yaml", "policy-credentials.yaml", "policy-secrets.yaml"):
            cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / file))
        with Metacontroller(cluster1, folder, hooks.url) as engine:
            yield Stack(cluster1, cluster2, hooks, engine)
        log = hooks.log.read_text()
        assert "eyJ" not in log
        assert "Traceback" not in log


@pytest.fixture
def namespace(stack: Stack) -> str:
    """A namespace in both clusters, with a service account pod-lister in the source."""
    name = f"ns-{uuid4().hex[:6]}"
    for cluster in (stack.cluster1, stack.cluster2):
        cluster.kubectl("create", "namespace", name)
    stack.cluster2.kubectl("create", "serviceaccount", "-n", name, "pod-lister")
    return name


@pytest.fixture(scope="session")
def introduced(stack: Stack) -> None:
    """cluster1 may import from cluster2."""
    stack.bootstrap()


@pytest.fixture
def batch(stack: Stack, introduced: None, namespace: str) -> Iterator[MakeBatch]:
    """Makes so many imports of cluster2, or of another."""

    def make(count: int, cluster: str = "cluster2", name: str = "import") -> Batch:
        names = (f"{cluster}-{name}-{number}" for number in range(count))
        return Batch(stack, namespace, dict.fromkeys(names, cluster))

    yield make
    ApiClient(stack.cluster1)("DELETE", imports_path(namespace))


@pytest.fixture
def imported(stack: Stack, introduced: None, namespace: str) -> Import:
    """An import that is Ready."""
    created = Import(stack, namespace)
    created.create()
    created.until("TokenIssued")
    until(created.secret)
    return created
