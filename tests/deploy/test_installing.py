"""README's installation, its renewal of the bearer token and its uninstallation, as written."""

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import demo
import installation
import metacontroller
from clusters import ControlPlane
from installation import DEPLOY, Installation
from mcsa_hooks.certificates import desired
from multicluster_service_account.names import SYSTEM_NAMESPACE
from reading import decoded
from waiting import until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(metacontroller.found() is None, reason=metacontroller.ABSENT),
]

README = (DEPLOY.parent / "README.md").read_text()
INSTALL, UNINSTALL, REPLACE = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)


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
        env=demo.environment(cluster),
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

        before = decoded(bare.secret(desired.TOKEN))
        replacing = executor.submit(run, bare.cluster, REPLACE)
        until(lambda: replacing.done() or bare.pods_of_job("renew"))
        [job] = bare.pods_of_job("renew")
        assert job.run().returncode == 0
        job.succeed()
        assert "job.batch/renew condition met" in replacing.result()
        assert decoded(bare.secret(desired.TOKEN)) != before

    for server in servers:
        server.stop()
    run(bare.cluster, UNINSTALL)
    left = ("namespaces,crds,clusterroles,mutatingwebhookconfigurations", "-o", "name")
    found = bare.cluster.kubectl("get", *left)
    assert SYSTEM_NAMESPACE not in found
    assert "serviceaccountimports" not in found


def there(bare: Installation) -> bool:
    return "certificates" in bare.cluster.kubectl("get", "jobs", "-A", check=False)
