"""The page on installing: installation, a new bearer token and uninstallation, as written."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mcsa_certificates import desired
from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.reading import decoded
from support.cluster.scripts import environment
from support.cluster.waiting import until
from support.documents import blocks
from support.engine import installation, metacontroller
from support.engine.installation import DEPLOY, Installation
from support.node.pods import Pod

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(metacontroller.installed() is None, reason=metacontroller.ABSENT),
]

INSTALL, REPLACE, UNINSTALL = blocks("docs/install.md", "bash")


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Installation]:
    """A cluster that knows nothing but Metacontroller's kinds."""
    with installation.cluster(tmp_path) as (cluster, services):
        metacontroller.install_crds(cluster)
        yield Installation(cluster, services, tmp_path)


def run(cluster: ControlPlane, commands: str) -> str:
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{commands}"],
        cwd=DEPLOY.parent,
        env=environment(cluster),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_install_replace_and_uninstall(bare: Installation) -> None:
    with ThreadPoolExecutor(1) as executor:
        installing = executor.submit(run, bare.cluster, INSTALL)
        until(lambda: installing.done() or there(bare))
        servers = bare.serve()
        assert 'deployment "admission" successfully rolled out' in installing.result()

        first = decoded(bare.secret(desired.TOKEN))
        replace(bare, executor)
        second = decoded(bare.secret(desired.TOKEN))
        # Somebody gave up waiting for the Job.
        run(bare.cluster, REPLACE.partition("-n $NAMESPACE wait")[0].rpartition("\n")[0])
        replace(bare, executor)
        assert decoded(bare.secret(desired.TOKEN)) not in (first, second)
        assert first != second

    for server in servers:
        server.stop()
    run(bare.cluster, UNINSTALL)
    left = ("namespaces,crds,clusterroles,mutatingwebhookconfigurations", "-o", "name")
    found = bare.cluster.kubectl("get", *left)
    assert SYSTEM_NAMESPACE not in found
    assert "serviceaccountimports" not in found


def replace(bare: Installation, executor: ThreadPoolExecutor) -> None:
    """The page's commands have replaced the bearer token."""
    earlier = {pod.name for pod in bare.pods_of_job("renew")}
    replacing = executor.submit(run, bare.cluster, REPLACE)
    job = until(lambda: replacing.done() or new(bare, earlier))
    assert isinstance(job, Pod), replacing.result()
    assert job.run().returncode == 0
    job.succeed()
    assert "job.batch/renew condition met" in replacing.result()


def new(bare: Installation, earlier: set[str]) -> Pod | None:
    """The Job's pod, once it has another one than earlier."""
    return next((pod for pod in bare.pods_of_job("renew") if pod.name not in earlier), None)


def there(bare: Installation) -> bool:
    return "certificates" in bare.cluster.kubectl("get", "jobs", "-A", check=False)
