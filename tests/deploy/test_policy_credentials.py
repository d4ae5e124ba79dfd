"""The policy on registered clusters, on a real API server: who comes second takes nothing over."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from conftest import Kubemcsa
from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.identities import SYSTEM
from support.cluster.reading import decoded, get
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

DEPLOY = ROOT / "deploy"
REGISTERS = "registers a cluster: its server and its ca.crt stay as they are until it is deleted"
RENEWS = "renews a credential, and imports the same service account until it is deleted"
PLAIN = {"server": "https://a", "ca.crt": "A", "token": "t", "config": "c", "namespace": "n"}

Write = Callable[..., Path]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A cluster with the policy."""
    folder = tmp_path_factory.mktemp("registered")
    with ControlPlane("cluster1", folder, controller_manager=True) as cluster:
        for file in ("crd.yaml", "policy-credentials.yaml"):
            cluster.kubectl("apply", "-f", str(DEPLOY / file))
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        for namespace in ("apps", SYSTEM):
            cluster.kubectl("create", "namespace", namespace)
        put(cluster, secret("canary", PLAIN))
        until(lambda: REGISTERS in refusal(cluster, secret("canary", PLAIN | {"server": new()})))
        account = {"clusterName": "canary", "namespace": "a", "name": "a"}
        until(lambda: put(cluster, sai("canary", account)))
        until(lambda: RENEWS in refusal(cluster, sai("canary", account | {"name": new()})))
        yield cluster


def new() -> str:
    """Another value each time: until the policy is in effect, each one is taken."""
    return str(time.monotonic_ns())


def secret(
    name: str, data: dict[str, str], namespace: str = SYSTEM, owner: dict[str, Any] | None = None
) -> Any:
    owners = {"ownerReferences": [owner]} if owner else {}
    metadata = {"name": name, "namespace": namespace} | owners
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data}


def sai(name: str, spec: dict[str, Any], namespace: str = SYSTEM) -> Any:
    return {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def put(cluster: ControlPlane, body: dict[str, Any]) -> str:
    return cluster.kubectl("create", "-f", "-", input=json.dumps(body), check=False)


def refusal(cluster: ControlPlane, body: dict[str, Any], command: str = "replace") -> str:
    """What is said against the object; empty if it is taken."""
    try:
        cluster.kubectl(command, "-f", "-", input=json.dumps(body))
    except ClusterError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "change",
    [
        {"server": "https://b"},
        {"ca.crt": "B"},
        {"server": None},
        {"ca.crt": None},
        {"server": None, "ca.crt": None, "config": None},
    ],
)
def test_a_registered_cluster_stays_what_it_is(
    target: ControlPlane, change: dict[str, str | None]
) -> None:
    put(target, secret("fixed", PLAIN))
    changed = {key: value for key, value in (PLAIN | change).items() if value is not None}
    said = refusal(target, secret("fixed", changed))
    assert (
        f"Secret {SYSTEM}/fixed {REGISTERS}: choose another --source-name or, if it is to be"
        f" replaced, run kubectl -n {SYSTEM} delete serviceaccountimport,secret fixed first."
    ) in said


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PLAIN, PLAIN | {"token": "u", "config": "d", "namespace": "o"}),
        (PLAIN, PLAIN | {"another": "key"}),
        ({"config": "c"}, {"config": "d"}),
        ({}, PLAIN),
        ({"ca.crt": "A", "tls.crt": "t"}, {"ca.crt": "B", "tls.crt": "u"}),
        ({"token": "t"}, {"token": "u"}),
    ],
    ids=[
        "a token that is renewed",
        "a key more",
        "a kubeconfig that is renewed",
        "a Secret that is filled",
        "a certificate",
        "a bearer token",
    ],
)
def test_what_else_becomes_of_secrets(
    target: ControlPlane, before: dict[str, str], after: dict[str, str]
) -> None:
    put(target, secret("other", before))
    assert refusal(target, secret("other", after)) == ""
    target.kubectl("delete", "secret", "-n", SYSTEM, "other")


def test_a_kubeconfig_gets_no_keys_beside_it(target: ControlPlane) -> None:
    put(target, secret("by-hand", {"config": "c"}))
    assert REGISTERS in refusal(target, secret("by-hand", PLAIN))


def test_elsewhere(target: ControlPlane) -> None:
    put(target, secret("elsewhere", PLAIN, "apps"))
    assert refusal(target, secret("elsewhere", PLAIN | {"server": "https://b"}, "apps")) == ""


def test_the_renewed_credential_follows(target: ControlPlane) -> None:
    """Metacontroller and `kubemcsa sync` write what a new registration says into it."""
    account = {"clusterName": "c", "namespace": "a", "name": "a"}
    put(target, sai("c", account))
    uid = get(target, "sai", "-n", SYSTEM, "c")["metadata"]["uid"]
    owner = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "name": "c",
        "uid": uid,
        "controller": True,
    }
    moved = PLAIN | {"server": "https://b"}
    put(target, secret("c-token", PLAIN, owner=owner))
    assert refusal(target, secret("c-token", moved, owner=owner)) == ""
    owner["controller"] = False
    assert REGISTERS in refusal(target, secret("c-token", PLAIN, owner=owner))


ACCOUNT = {"clusterName": "cluster2", "namespace": SYSTEM, "name": "cluster1"}


@pytest.mark.parametrize(
    "change", [{"clusterName": "cluster3"}, {"namespace": "default"}, {"name": "cluster4"}]
)
def test_an_import_that_renews_stays_what_it_is(
    target: ControlPlane, change: dict[str, str]
) -> None:
    put(target, sai("fixed", ACCOUNT))
    said = refusal(target, sai("fixed", ACCOUNT | change), "apply")
    assert (
        f"ServiceAccountImport {SYSTEM}/fixed {RENEWS}: choose another --source-name or, if it is"
        f" to be replaced, run kubectl -n {SYSTEM} delete serviceaccountimport,secret fixed first."
    ) in said
    longer = ACCOUNT | {"expirationSeconds": 3600}
    assert refusal(target, sai("fixed", longer), "apply") == ""
    put(target, sai("fixed", ACCOUNT, "apps"))
    assert refusal(target, sai("fixed", ACCOUNT | change, "apps"), "apply") == ""


@pytest.fixture
def write(kubemcsa: Kubemcsa, tmp_path: Path) -> Write:
    """A source's administrator writes the target's half into a file."""

    def write(source: ControlPlane, *args: str) -> Path:
        file = tmp_path / f"of-{source.name}.yaml"
        flags = ("--source-name=kubernetes", f"--target-manifests={file}", *args)
        result = kubemcsa("bootstrap", *flags, contexts=[source])
        assert result.exit_code == 0, result.output
        return file

    return write


def registration(target: ControlPlane) -> list[Any]:
    return [get(target, kind, "-n", SYSTEM, "kubernetes") for kind in ("secret", "sai")]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("apply", "--server-side"), REGISTERS),
        (("apply", "--server-side", "--force-conflicts"), REGISTERS),
        (("apply",), REGISTERS),
        (("create",), "already exists"),
    ],
    ids=["server-side", "force", "client-side", "create"],
)
def test_two_administrators(
    target: ControlPlane,
    cluster2: ControlPlane,
    capped: ControlPlane,
    write: Write,
    kubemcsa: Kubemcsa,
    command: tuple[str, ...],
    said: str,
) -> None:
    """The second file takes nothing over, whoever its identity is."""
    apply = ("apply", "--server-side", "--force-conflicts", "-f")
    target.kubectl(*apply, str(write(cluster2, "--target-name=cluster1")))
    assert kubemcsa("sync", "-n", SYSTEM, "kubernetes", contexts=[target]).exit_code == 0
    before = registration(target)
    for identity in ("cluster1", "another"):
        second = write(capped, f"--target-name={identity}")
        with pytest.raises(ClusterError) as refused:
            target.kubectl(*command, "-f", str(second))
        assert said in str(refused.value)
        assert registration(target)[0] == before[0]
        assert registration(target)[1]["spec"] | {"expirationSeconds": 0} == before[1]["spec"] | {
            "expirationSeconds": 0
        }
    # The first administrator renews with the identity of before.
    target.kubectl(*apply, str(write(cluster2, "--target-name=cluster1")))
    after = registration(target)
    assert decoded(after[0])["token"] != decoded(before[0])["token"]
    assert kubemcsa("sync", "-n", SYSTEM, "kubernetes", contexts=[target]).exit_code == 0


def test_the_second_administrator_after_a_deletion(
    target: ControlPlane, cluster2: ControlPlane, capped: ControlPlane, write: Write, kubemcsa: Any
) -> None:
    apply = ("apply", "--server-side", "--force-conflicts", "-f")
    target.kubectl(*apply, str(write(cluster2, "--target-name=cluster1")))
    assert kubemcsa("sync", "-n", SYSTEM, "kubernetes", contexts=[target]).exit_code == 0
    target.kubectl("delete", "serviceaccountimport,secret", "-n", SYSTEM, "kubernetes")
    target.kubectl(*apply, str(write(capped, "--target-name=another")))
    until(lambda: not kubemcsa("sync", "-n", SYSTEM, "kubernetes", contexts=[target]).exit_code)
    [renewed] = get(target, "sai", "-n", SYSTEM, "kubernetes")["status"]["secrets"]
    held = decoded(get(target, "secret", "-n", SYSTEM, renewed["name"]))
    assert held["server"] == capped.server


def test_what_the_file_says_at_its_head(cluster2: ControlPlane, write: Write) -> None:
    certificates = x509.load_pem_x509_certificates(cluster2.ca.encode())
    digests = [certificate.fingerprint(SHA256()).hex(":").upper() for certificate in certificates]
    text = write(cluster2, "--target-name=cluster1").read_text()
    head = text.partition("apiVersion:")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert f"# Server       {cluster2.server}\n" in head
    for digest in digests:
        assert f"# CA (SHA-256) {digest}\n" in head
    assert f"# Identity     service account {SYSTEM}/cluster1 of that cluster\n" in head
    assert "kubectl apply --server-side -f" in head
    assert [one["kind"] for one in yaml.safe_load_all(text)] == [
        "Namespace",
        "Secret",
        "ServiceAccountImport",
    ]
