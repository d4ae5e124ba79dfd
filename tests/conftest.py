"""Two real clusters for the whole session, and the command line as its users call it."""

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import settings

from kubemcsa.main import main
from support import ROOT
from support.cluster import ControlPlane, administrator
from support.cluster.introduction import introduce

# The same examples each time, however long they take on a machine that does more than this.
settings.register_profile("ours", deadline=None, derandomize=True)
settings.load_profile("ours")


Kubemcsa = Callable[..., Result]


@pytest.fixture(scope="session")
def cluster1(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """The target, which knows ServiceAccountImports."""
    with ControlPlane("cluster1", tmp_path_factory.mktemp("cluster1")) as cluster:
        cluster.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        yield cluster


@pytest.fixture(scope="session")
def cluster2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """The source."""
    with ControlPlane("cluster2", tmp_path_factory.mktemp("cluster2")) as cluster:
        yield cluster


@pytest.fixture
def kubemcsa(monkeypatch: pytest.MonkeyPatch) -> Kubemcsa:
    """Runs kubemcsa with a kubeconfig that has the contexts of some clusters."""

    def run(*args: str, contexts: list[ControlPlane]) -> Result:
        paths = os.pathsep.join(str(cluster.kubeconfig) for cluster in contexts)
        monkeypatch.setenv("KUBECONFIG", paths)
        return CliRunner().invoke(main, list(args), catch_exceptions=False)

    return run


@pytest.fixture
def namespace(
    request: pytest.FixtureRequest, cluster1: ControlPlane, cluster2: ControlPlane
) -> str:
    """A namespace of the test's own in both clusters."""
    name: str = request.node.name.lower().replace("_", "-").partition("[")[0][-40:].strip("-")
    name += f"-{uuid4().hex[:6]}"
    for cluster in (cluster1, cluster2):
        cluster.kubectl("create", "namespace", name)
    return name


@pytest.fixture(scope="session")
def introduced(cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    """cluster1 may import from cluster2."""
    introduce(cluster1, cluster2)


@pytest.fixture(scope="session")
def capped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A source that grants an hour at most, and knows its administrator by a certificate too."""
    folder = tmp_path_factory.mktemp("capped")
    administrator.write(folder)
    flags = [
        "--service-account-max-token-expiration=1h",
        f"--client-ca-file={folder / administrator.CA}",
    ]
    with ControlPlane("capped", folder, flags=flags) as cluster:
        yield cluster


@pytest.fixture
def unprivileged(cluster2: ControlPlane, tmp_path: Path) -> Path:
    """A kubeconfig of somebody who may do nothing in cluster2."""
    create = ("create", "serviceaccount", "nobody", "--dry-run=client", "-o", "yaml")
    cluster2.kubectl("apply", "-f", "-", input=cluster2.kubectl(*create))
    config = yaml.safe_load(cluster2.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": cluster2.kubectl("create", "token", "nobody").strip()}
    path = tmp_path / "unprivileged"
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture
def hostile_url() -> Iterator[str]:
    """A web server that answers everything with a page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Sign in</html>")

        do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
