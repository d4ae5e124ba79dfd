"""What `kubectl apply -k deploy/` installs: TLS, a bearer token, least rights, the whole story."""

import base64
import datetime as dt
import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPSConnection
from uuid import uuid4

import pytest

from mcsa_certificates import desired, pki
from mcsa_certificates.pair import Pair
from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ClusterError, ControlPlane
from support.cluster.loopback import HOST
from support.cluster.reading import decoded
from support.cluster.waiting import until
from support.engine import automount, installation, metacontroller
from support.engine.installation import Installation
from support.engine.metacontroller import Metacontroller
from support.engine.stack import Import, Stack
from support.loopback.gunicorns import HookServer
from support.node.pods import Pod
from support.samples.admission_pods import MOUNT_ROOT as MOUNTS
from support.samples.admission_pods import mount_paths, pod

IDENTITY = f"system:serviceaccount:{metacontroller.NAMESPACE}:metacontroller"


@dataclass(frozen=True)
class Story:
    """All that runs."""

    installed: Installation
    stack: Stack
    hooks: Pod
    admission: Pod

    def imported(self) -> Import:
        """A new import that is Ready."""
        namespace = f"ns-{uuid4().hex[:6]}"
        for cluster in (self.stack.cluster1, self.stack.cluster2):
            cluster.kubectl("create", "namespace", namespace)
        self.stack.cluster2.kubectl("create", "serviceaccount", "-n", namespace, "pod-lister")
        created = Import(self.stack, namespace)
        created.create()
        created.until("TokenIssued")
        assert until(created.secret)
        return created

    def change_controller(self) -> None:
        """Metacontroller reads the CA and the bearer token again: an annotation is not enough."""
        name = ("compositecontroller", "serviceaccountimports.multicluster.admiralty.io")
        patch = ("--type=merge", "-p", '{"spec": {"resyncPeriodSeconds": 901}}')
        self.installed.cluster.kubectl("patch", *name, *patch)

    def certify(self) -> None:
        """The Secrets are filled, and the kubelet brings them to the pods."""
        self.installed.certify()
        assert self.hooks.mount()
        assert self.admission.mount()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Installed, with Metacontroller as the identity that deploy/metacontroller gives it."""
    folder = tmp_path_factory.mktemp("installation")
    with (
        ControlPlane("cluster2", folder / "cluster2") as cluster2,
        installation.cluster(folder) as (cluster1, services),
    ):
        metacontroller.install_crds(cluster1)
        kubeconfig = metacontroller.least(cluster1, folder)
        engine = Metacontroller(
            cluster1,
            folder,
            kubeconfig=kubeconfig,
            environ={"HTTPS_PROXY": services.url},
            settings=metacontroller.dedicated(),
        )
        installed = Installation(cluster1, services, folder)
        engine.start()
        try:
            installed.apply()
            # It finds the Secrets empty.
            until(lambda: "mcsa-ca" in engine.log.read_text())
            hooks, admission = installed.serve()
            # For its log's folder alone: the hooks that are called are the pod's.
            stack = Stack(cluster1, cluster2, HookServer(folder), engine)
            stack.bootstrap()
            yield Story(installed, stack, hooks, admission)
        finally:
            engine.stop()
        for server in (hooks, admission):
            server.stop()
            assert "Traceback" not in server.log.read_text()
            assert "eyJ" not in server.log.read_text()


def test_an_import_becomes_ready(story: Story) -> None:
    imported = story.imported()
    assert until(imported.who) == f"system:serviceaccount:{imported.namespace}:pod-lister"


def test_metacontroller_has_few_rights(story: Story) -> None:
    story.imported()
    cluster = story.installed.cluster
    log = story.stack.engine.log.read_text()
    assert "is forbidden" not in log
    for command in ("get pods -A", "get configmaps -A", "create namespace tried", "get nodes"):
        with pytest.raises(ClusterError, match="forbidden"):
            cluster.kubectl(*command.split(), f"--as={IDENTITY}")


def test_a_pod_gets_its_mounts(story: Story) -> None:
    imported = story.imported()
    cluster = story.installed.cluster
    cluster.kubectl("label", "ns", imported.namespace, "multicluster-service-account=enabled")
    automount.await_account(cluster, imported.namespace)
    args = ("create", "-n", imported.namespace, "-o", "json", "-f", "-")
    written = json.dumps(pod(imported.name))
    created = json.loads(
        until(lambda: cluster.kubectl(*args, input=written, check=False), seconds=30)
    )
    assert mount_paths(created) == [[f"{MOUNTS}/{imported.name}"]]


def test_a_namespace_keeps_its_imports(story: Story) -> None:
    """The optional component brings the rights that it takes."""
    cluster = story.installed.cluster
    cluster.kubectl("apply", "-k", str(metacontroller.MANIFESTS / "namespaces"))
    imported = story.imported()
    label = "multicluster-service-account=enabled"
    cluster.kubectl("label", "namespace", imported.namespace, "--overwrite", label)
    entry = f"cluster2/{imported.namespace}/pod-lister"
    annotation = f"multicluster.admiralty.io/service-account-imports={entry}"
    cluster.kubectl("annotate", "namespace", imported.namespace, annotation)
    kept = Import(story.stack, imported.namespace, f"cluster2-{imported.namespace}-pod-lister")
    until(lambda: kept.name in cluster.kubectl("get", "sai", "-n", kept.namespace, "-o", "name"))
    kept.until("TokenIssued")
    cluster.kubectl(
        "annotate", "namespace", imported.namespace, annotation.split("=", maxsplit=1)[0] + "-"
    )
    until(
        lambda: kept.name not in cluster.kubectl("get", "sai", "-n", kept.namespace, "-o", "name")
    )


def age(story: Story, secret: str) -> Pair:
    """A certificate that was issued 85 days ago is mounted; what it is."""
    ca = desired.pair(story.installed.secret(desired.AUTHORITY_KEY))
    now = dt.datetime.now(dt.UTC)
    old = pki.leaf(ca, desired.names_of(desired.LEAVES[secret]), now - dt.timedelta(days=85))
    encoded = {
        key: base64.b64encode(value.encode()).decode()
        for key, value in zip(("tls.crt", "tls.key"), old, strict=True)
    }
    scope = ("-n", SYSTEM_NAMESPACE, secret, "-p", json.dumps({"data": encoded}))
    story.installed.cluster.kubectl("patch", "secret", *scope)
    assert story.hooks.mount()
    assert story.admission.mount()
    return old


def client(story: Story, server: Pod, service: str) -> HTTPSConnection:
    """To a server by its Service's name, with the CA that the cluster knows it by."""
    ca = decoded(story.installed.secret(desired.AUTHORITY))["ca.crt"]
    connection = HTTPSConnection(f"{service}.{SYSTEM_NAMESPACE}.svc", timeout=30)
    tls = ssl.create_default_context(cadata=ca)
    connection.sock = tls.wrap_socket(
        socket.create_connection((HOST, server.port), timeout=30), server_hostname=connection.host
    )
    return connection


def presented(story: Story, server: Pod, service: str) -> str:
    connection = client(story, server, service)
    try:
        return ssl.DER_cert_to_PEM_cert(connection.sock.getpeercert(binary_form=True) or b"")
    finally:
        connection.close()


def test_certificates_are_renewed(story: Story) -> None:
    servers = {"mcsa-hooks-tls": story.hooks, "mcsa-admission-tls": story.admission}
    for secret, server in servers.items():
        service = desired.LEAVES[secret]
        old = age(story, secret)
        assert presented(story, server, service) == old.certificate
        story.certify()
        renewed = presented(story, server, service)
        assert renewed not in ("", old.certificate)
        assert renewed == decoded(story.installed.secret(secret))["tls.crt"]
    test_a_pod_gets_its_mounts(story)


def status(story: Story, token: str | None) -> int:
    """What the hooks answer to whoever presents that token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    connection = client(story, story.hooks, "hooks")
    try:
        connection.request("POST", "/serviceaccountimports/customize", "{}", headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_only_who_has_the_bearer_token_is_answered(story: Story) -> None:
    token = decoded(story.installed.secret(desired.TOKEN))["token"]
    assert [status(story, t) for t in (None, "", "wrong", token)] == [401, 401, 401, 415]


def test_the_bearer_token_is_changed(story: Story) -> None:
    """The earlier one is good until it is taken out."""
    old = decoded(story.installed.secret(desired.TOKEN))["token"]
    empty(story, "token")
    new = decoded(story.installed.secret(desired.TOKEN))["token"]
    assert [status(story, t) for t in (old, new, "wrong")] == [415, 415, 401]
    story.change_controller()
    assert story.imported().who()
    empty(story, "accepted")
    assert [status(story, t) for t in (old, new)] == [401, 415]
    assert story.imported().who()
    assert new not in story.hooks.log.read_text() + story.stack.engine.log.read_text()


def empty(story: Story, key: str) -> None:
    """A round after a key of the Secret was emptied."""
    patch = ("--type=merge", "-p", json.dumps({"data": {key: None}}))
    scope = ("-n", SYSTEM_NAMESPACE, desired.TOKEN)
    story.installed.cluster.kubectl("patch", "secret", *scope, *patch)
    story.certify()
