"""What the library's tests start from: nothing is mounted, no kubeconfig, no pod."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from multicluster_service_account import in_cluster
from support.cluster.loopback import HOST
from support.loopback.api_server import Server
from support.node.kubelet import Mount


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The caller's home, in an environment that says nothing else."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)
    for scheme in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(scheme, raising=False)
        monkeypatch.delenv(scheme.lower(), raising=False)
    # The programs of real clusters stay where they are.
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MCSA_ROOT", str(tmp_path / "imports"))
    monkeypatch.setattr(in_cluster, "FOLDER", tmp_path / "serviceaccount")
    return tmp_path / "home"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where imports are mounted; nobody has made the folder yet."""
    return tmp_path / "imports"


@pytest.fixture
def mount(root: Path) -> Mount:
    """Where the import `a` will be mounted."""
    return Mount(root / "a")


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(ca: trustme.CA) -> Iterator[Server]:
    with Server(ca.issue_cert(HOST)).running() as server:
        yield server
