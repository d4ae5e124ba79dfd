"""The servers as the manifests start them, called by kubemcsa sync and by the API server."""

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import trustme
import yaml
from click.testing import CliRunner, Result

from kubemcsa.main import main
from mcsa_certificates import desired
from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.introduction import introduce
from support.cluster.loopback import HOST
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.engine import automount, installation
from support.engine.installation import Installation
from support.loopback.certificates import ca_pem
from support.node.pods import Pod
from support.samples.admission_pods import MOUNT_ROOT as MOUNTS
from support.samples.admission_pods import mount_paths, pod

pytestmark = pytest.mark.cluster

NAME = "cluster2-default-pod-lister"
URL = "https://hooks.multicluster-service-account.svc"
WEBHOOK = ("mutatingwebhookconfiguration", desired.WEBHOOK)


class Servers:
    """An installation that serves, and an import in it."""

    def __init__(self, installed: Installation, folder: Path) -> None:
        self.installed = installed
        self.cluster = installed.cluster
        self.hooks, self.admission = installed.serve()
        self.ca, self.token = folder / "hooks-ca", folder / "hooks-token"
        self.ca.write_text(decoded(installed.secret(desired.AUTHORITY))["ca.crt"])
        self.token.write_text(decoded(installed.secret(desired.TOKEN))["token"])

    def sync(self, *args: str) -> Result:
        """What kubemcsa sync says, which calls the hooks by the name of their Service."""
        url = f"--hooks-url={URL}:{self.hooks.port}"
        command = ["sync", "-A", f"--kubeconfig={self.cluster.kubeconfig}", url, *args]
        return CliRunner().invoke(main, command, catch_exceptions=False)

    def trusted(self) -> tuple[str, str]:
        return f"--hooks-ca-file={self.ca}", f"--hooks-token-file={self.token}"

    def create(self, written: Any) -> Any:
        """A pod, as the API server takes it."""
        args = ("create", "--dry-run=server", "-o", "json", "-f", "-")
        return json.loads(self.cluster.kubectl(*args, input=json.dumps(written)))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("servers")
    with (
        ControlPlane("cluster2", folder / "cluster2") as cluster2,
        installation.cluster(folder) as (cluster1, services),
    ):
        installation.apply_ours(cluster1)
        servers = Servers(Installation(cluster1, services, folder), folder)
        introduce(cluster1, cluster2)
        cluster2.kubectl("create", "serviceaccount", "pod-lister")
        manifest = {
            "apiVersion": "multicluster.admiralty.io/v1alpha1",
            "kind": "ServiceAccountImport",
            "metadata": {"name": NAME, "namespace": "default"},
            "spec": {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"},
        }
        cluster1.kubectl("create", "-f", "-", input=yaml.safe_dump(manifest))
        cluster1.kubectl("label", "namespace", "default", "multicluster-service-account=enabled")
        automount.await_account(cluster1, "default")
        until(lambda: automount.why_refused(cluster1, "default") == "")
        try:
            yield servers
        finally:
            for server in (servers.hooks, servers.admission):
                server.stop()
        for server in (servers.hooks, servers.admission):
            assert "Traceback" not in server.log.read_text()
            assert "eyJ" not in server.log.read_text()


@pytest.fixture(autouse=True)
def dns(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process knows the names of Services."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        known = str(host).endswith(f".{SYSTEM_NAMESPACE}.svc")
        return real(HOST if known else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_an_import(servers: Servers) -> None:
    said = servers.sync(*servers.trusted())
    assert said.exit_code == 0, said.output
    secret = get(servers.cluster, "secret", f"{NAME}-token-4wdax")
    assert decoded(secret).keys() == {"config", "server", "ca.crt", "namespace", "token"}


def test_metrics(servers: Servers) -> None:
    test_an_import(servers)
    test_a_pod_gets_its_mounts(servers)
    assert 'mcsa_syncs_total{outcome="TokenIssued"' in metrics(servers.hooks)
    assert 'mcsa_reviews_total{outcome="mounted"' in metrics(servers.admission)


def metrics(server: Pod) -> str:
    with urlopen(f"http://{HOST}:{server.metrics_port}/metrics") as response:
        text: str = response.read().decode()
    return text


def test_a_pod_gets_its_mounts(servers: Servers) -> None:
    assert mount_paths(servers.create(pod(NAME))) == [[f"{MOUNTS}/{NAME}"]]


def test_renewed_certificates(servers: Servers) -> None:
    """As if two thirds of their life had passed: they are no good any more."""
    before = {name: decoded(servers.installed.secret(name))["tls.crt"] for name in desired.LEAVES}
    for name in desired.LEAVES:
        scope = ("-n", SYSTEM_NAMESPACE, name, "--type=json")
        patch = '[{"op": "remove", "path": "/data"}]'
        servers.cluster.kubectl("patch", "secret", *scope, "-p", patch)
    # The kubelet has nothing to bring, so the old ones stay.
    assert [servers.hooks.mount(), servers.admission.mount()] == [False, False]
    test_a_pod_gets_its_mounts(servers)
    servers.installed.certify()
    assert [servers.hooks.mount(), servers.admission.mount()] == [True, True]
    for name in desired.LEAVES:
        assert decoded(servers.installed.secret(name))["tls.crt"] != before[name]
    test_an_import(servers)
    test_a_pod_gets_its_mounts(servers)
    # The API server may still be on the connection from before; the kubelet dials a new one.
    assert servers.admission.ready()
    assert "tls.crt has been renewed" in servers.hooks.log.read_text()
    assert "tls.crt has been renewed" in servers.admission.log.read_text()


def test_without_the_token(servers: Servers, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("wrong")
    for token in ((), (f"--hooks-token-file={tmp_path / 'token'}",)):
        said = servers.sync(servers.trusted()[0], *token)
        assert said.exit_code == 1
        assert "take no call without their bearer token (HTTP status 401)" in said.output


def test_with_another_ca(servers: Servers, tmp_path: Path) -> None:
    (tmp_path / "ca").write_text(ca_pem(trustme.CA()))
    said = servers.sync(f"--hooks-ca-file={tmp_path / 'ca'}", servers.trusted()[1])
    assert said.exit_code == 1
    assert "cannot reach the hooks" in said.output
    assert decoded(servers.installed.secret(desired.TOKEN))["token"] not in said.output


def test_an_api_server_with_another_ca(servers: Servers) -> None:
    """It admits no annotated pod, and all others; the next round mends it."""
    bundle = base64.b64encode(ca_pem(trustme.CA()).encode()).decode()
    path = "/webhooks/0/clientConfig/caBundle"
    patch = json.dumps([{"op": "replace", "path": path, "value": bundle}])
    servers.cluster.kubectl("patch", *WEBHOOK, "--type=json", "-p", patch)
    until(lambda: "certificate" in automount.why_refused(servers.cluster, "default"))
    assert servers.create(pod(None))
    servers.installed.certify()
    until(lambda: automount.why_refused(servers.cluster, "default") == "")


def test_the_bearer_token_changes(servers: Servers) -> None:
    """Both are good until the earlier one is taken out."""
    empty(servers, "token")
    assert servers.hooks.mount()
    test_an_import(servers)
    old = servers.token.read_text()
    new = decoded(servers.installed.secret(desired.TOKEN))["token"]
    servers.token.write_text(new)
    test_an_import(servers)
    empty(servers, "accepted")
    assert servers.hooks.mount()
    test_an_import(servers)
    servers.token.write_text(old)
    assert "status 401" in servers.sync(*servers.trusted()).output
    servers.token.write_text(new)


def empty(servers: Servers, key: str) -> None:
    """A round after a key of the Secret was emptied."""
    patch = ("--type=merge", "-p", json.dumps({"data": {key: None}}))
    servers.cluster.kubectl("patch", "secret", "-n", SYSTEM_NAMESPACE, desired.TOKEN, *patch)
    servers.installed.certify()


def test_a_pod_of_the_next_version_takes_over(servers: Servers) -> None:
    """The Service sends new connections to another pod; then the first one ends."""
    second = servers.installed.pods("admission")[1]
    second.start()
    servers.installed.expose("admission", second)
    servers.admission.stop()
    try:
        until(lambda: automount.why_refused(servers.cluster, "default") == "")
        test_a_pod_gets_its_mounts(servers)
    finally:
        servers.admission.start()
        servers.installed.expose("admission", servers.admission)
        second.stop()
