"""The page on installing: installation, a new CA and token, and uninstallation, as written."""

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

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


def there(bare: Installation) -> bool:
    return "certificates" in bare.cluster.kubectl("get", "deployments", "-A", check=False)


def made(bare: Installation) -> dict[str, Any]:
    """What there is of secrets."""
    names = (desired.AUTHORITY_KEY, desired.AUTHORITY, desired.TOKEN)
    return {name: decoded(bare.secret(name)) for name in names}


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

        before = made(bare)
        [command] = re.findall(r"\n  (kubectl .* patch secret mcsa-ca-key .*)", REPLACE)
        run(bare.cluster, "NAMESPACE=multicluster-service-account\n" + command)
        bare.certify()
        half = made(bare)
        replacing = executor.submit(run, bare.cluster, REPLACE)
        while not replacing.done():
            bare.play_kubelet()
        assert 'deployment "admission" successfully rolled out' in replacing.result()
        after = made(bare)
        assert [after[n] not in (before[n], half[n]) for n in after] == [True] * len(after)

    for server in servers:
        server.stop()
    run(bare.cluster, UNINSTALL)
    left = ("namespaces,crds,clusterroles,mutatingwebhookconfigurations", "-o", "name")
    found = bare.cluster.kubectl("get", *left)
    assert SYSTEM_NAMESPACE not in found
    assert "serviceaccountimports" not in found
