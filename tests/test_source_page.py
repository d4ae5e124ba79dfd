"""docs/source.md, on real clusters: what the administrator of the cluster that is called can do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mcsa_core.names import API_VERSION, KIND, SYSTEM_NAMESPACE, secret_name
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import decoded, get
from support.cluster.scripts import run
from support.cluster.waiting import until
from support.documents import blocks

pytestmark = pytest.mark.cluster

PAGE = "docs/source.md"
NAMES = blocks(PAGE, "sh")[0]
IDENTITY = f"system:serviceaccount:{SYSTEM_NAMESPACE}:cluster1"
IMPORT = "cluster2-default-pod-lister"
SPEC = {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"}
AUDIENCE = "https://kubernetes.default.svc"
SYNC = "kubemcsa sync -A --context cluster1"


class Clusters:
    """cluster1 with the definition of imports, cluster2, and a folder for the file."""

    def __init__(self, cluster1: ControlPlane, cluster2: ControlPlane, folder: Path) -> None:
        self.cluster1, self.cluster2, self.folder = cluster1, cluster2, folder
        cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
        cluster1.kubectl("wait", "--for=condition=Established", "crd", "--all")

    def run(self, script: str) -> str:
        """What a script prints that reaches both."""
        return run(f"cd {self.folder}\n{NAMES}\n{script}", self.cluster1, self.cluster2)

    def alone(self, heading: str, number: int = 0) -> str:
        """What a script of the page prints that reaches cluster2 only."""
        script = blocks(PAGE, "sh", heading)[number]
        return run(f"cd {self.folder}\n{NAMES}\n{script}", self.cluster2)

    def create_import(self, import_name: str = IMPORT, **fields: Any) -> None:
        metadata = {"name": import_name, "namespace": "default"}
        body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata}
        self.cluster1.kubectl("create", "-f", "-", input=json.dumps(body | {"spec": SPEC | fields}))

    def reason(self, namespace: str, name: str) -> str:
        """Why an import is, or is not, Ready after a sync."""
        self.run(f"{SYNC} || true")
        [condition] = get(self.cluster1, "sai", "-n", namespace, name)["status"]["conditions"]
        return str(condition["reason"])

    def user(self) -> str:
        """Whom cluster2 takes the holder of a copy of the import's token for; "" if refused."""
        copy = self.folder / "copy"
        if not copy.exists():
            secret = get(self.cluster1, "secret", secret_name("default", IMPORT))
            copy.write_text(decoded(secret)["config"])
        whoami = ("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")
        return self.cluster2.kubectl(f"--kubeconfig={copy}", *whoami, check=False)


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[Clusters]:
    with (
        ControlPlane("cluster1", tmp_path / "1") as cluster1,
        ControlPlane("cluster2", tmp_path / "2") as cluster2,
    ):
        yield Clusters(cluster1, cluster2, tmp_path)


def test_the_cluster_that_is_called(clusters: Clusters) -> None:
    cluster1, cluster2 = clusters.cluster1, clusters.cluster2
    clusters.alone("Introduce")
    assert (clusters.folder / "for-cluster1.yaml").stat().st_mode & 0o777 == 0o600
    clusters.run("kubectl --context cluster1 apply --server-side -f for-cluster1.yaml")
    clusters.create_import()
    assert clusters.reason("default", IMPORT) == "TokenIssued"
    assert json.loads(clusters.alone("Prove"))["authenticated"]
    assert clusters.user() == "system:serviceaccount:default:pod-lister"
    look(clusters)

    # Wider: cluster1 uses it at once, though nothing is applied there.
    cluster2.kubectl("create", "serviceaccount", "other")
    [introduce] = blocks(PAGE, "sh", "Introduce")
    wider = introduce[introduce.index("kubemcsa") :].replace("pod-lister", "other")
    clusters.run(wider.replace("for-cluster1.yaml", "wider.yaml"))
    clusters.create_import("other", name="other")
    assert clusters.reason("default", "other") == "TokenIssued"
    listed = "kubemcsa clusters --context cluster1"
    assert "default/other" not in clusters.run(listed)
    clusters.run("kubectl --context cluster1 apply --server-side --force-conflicts -f wider.yaml")
    assert "default/other" in clusters.run(listed)

    assert not clusters.alone("End")
    until(lambda: not clusters.user())
    # No token is replaced before it is 30 s old.
    until(lambda: clusters.reason("default", IMPORT) == "TokenIssued", 90)
    until(lambda: clusters.reason("default", "other") == "Forbidden", 90)
    assert json.loads(clusters.alone("Prove"))["authenticated"]

    clusters.alone("End", 1)
    status = json.loads(clusters.alone("Prove"))
    assert "authenticated" not in status
    assert status["error"]
    until(lambda: clusters.reason("default", IMPORT) == "CredentialInvalid", 90)
    assert get(cluster1, "secret", secret_name("default", IMPORT))


def look(clusters: Clusters) -> None:
    """What the page lists is what bootstrap made, and what another tool gave the identity."""
    cluster2 = clusters.cluster2
    identities = f"system:serviceaccounts:{SYSTEM_NAMESPACE}"
    known = "system:node-bootstrapper"
    by_hand = ("clusterrolebinding", "by-hand", f"--clusterrole={known}", f"--group={identities}")
    cluster2.kubectl("create", *by_hand)
    mine = ("rolebinding", "mine", "--clusterrole=cluster-admin", f"--user={IDENTITY}")
    cluster2.kubectl("create", *mine)
    listed = clusters.alone("Look")
    rows = [line.split("\t") for line in listed.splitlines() if "\t" in line]
    role = f"{SYSTEM_NAMESPACE}:cluster1"
    assert sorted(rows) == [
        [role, "default", "pod-lister"],
        [role, SYSTEM_NAMESPACE, "cluster1"],
    ]
    grants = [
        line.split()[:2] for line in listed.splitlines() if "multicluster.admiralty.io" in line
    ]
    grant = f"{SYSTEM_NAMESPACE}.cluster1"
    assert grants == [["default", grant], [SYSTEM_NAMESPACE, grant]]
    bindings = clusters.alone("Look", 1)
    assert sorted(line.split("\t") for line in bindings.splitlines() if "\t" in line) == [
        ["all namespaces", "by-hand", identities, "ClusterRole", known],
        ["default", "mine", IDENTITY, "ClusterRole", "cluster-admin"],
        ["default", role, "cluster1", "Role", role],
        [SYSTEM_NAMESPACE, role, "cluster1", "Role", role],
    ]
    assert "serviceaccounts/token" in bindings
    assert "*.*" in bindings
    assert "certificatesigningrequests" in bindings, "impersonation of an account has its groups"
    cluster2.kubectl("delete", *by_hand[:2])
    cluster2.kubectl("delete", *mine[:2])


def test_the_table_of_what_bootstrap_leaves(clusters: Clusters) -> None:
    cluster2 = clusters.cluster2
    clusters.alone("Introduce")
    kinds = (
        "namespaces,validatingadmissionpolicies,validatingadmissionpolicybindings,serviceaccounts,"
        "roles,rolebindings,clusterroles,clusterrolebindings,secrets,pods,crds,"
        "validatingwebhookconfigurations,mutatingwebhookconfigurations"
    )
    ours = get(cluster2, kinds, "-A", "-l", "app.kubernetes.io/managed-by=kubemcsa")["items"]
    count: dict[str, int] = {}
    for kind in (body["kind"] for body in ours):
        count[kind] = count.get(kind, 0) + 1
    assert count == {
        "Namespace": 1,
        "ValidatingAdmissionPolicy": 2,
        "ValidatingAdmissionPolicyBinding": 2,
        "ServiceAccount": 1,
        "Role": 2,
        "RoleBinding": 2,
        "Secret": 2,
    }
    assert get(cluster2, "pods,deployments,jobs", "-A")["items"] == []


def test_limits(clusters: Clusters) -> None:
    cluster2 = clusters.cluster2
    clusters.alone("Introduce")
    clusters.run("kubectl --context cluster1 apply --server-side -f for-cluster1.yaml")
    [policy] = blocks(PAGE, "yaml", "Limit")
    [audience] = json.loads(clusters.alone("Limit"))
    assert audience == cluster2.issuer
    assert policy.count(AUDIENCE) == 1
    policy = policy.replace(AUDIENCE, audience)
    cluster2.kubectl("create", "-f", "-", input=policy)
    bound = ("--bound-object-kind=Secret", f"--bound-object-name={SYSTEM_NAMESPACE}.cluster1")
    token = ("create", "token", "pod-lister", f"--as={IDENTITY}", *bound)
    until(lambda: not cluster2.kubectl(*token, "--duration=25h", check=False))
    assert cluster2.kubectl(*token, "--duration=24h")
    assert cluster2.kubectl(*token)
    assert not cluster2.kubectl(*token, "--audience=vault", check=False)
    clusters.create_import()
    clusters.create_import("longer", expirationSeconds=86401)
    clusters.create_import("vault", audiences=["vault"])
    reasons = {name: clusters.reason("default", name) for name in (IMPORT, "longer", "vault")}
    assert reasons == {IMPORT: "TokenIssued", "longer": "Rejected", "vault": "Rejected"}
    assert clusters.reason(SYSTEM_NAMESPACE, "cluster2") == "TokenIssued"
    # The administrator's own tokens are not limited.
    assert cluster2.kubectl("create", "token", "pod-lister", "--duration=25h", "--audience=vault")
    clusters.alone("End", 1)
    assert cluster2.kubectl("get", "validatingadmissionpolicy", "tokens-of-other-clusters")


def test_the_rights_that_kubemcsa_takes(clusters: Clusters) -> None:
    cluster2 = clusters.cluster2
    cluster2.kubectl("create", "serviceaccount", "pod-lister")
    [role] = blocks(PAGE, "yaml", "Introduce")
    cluster2.kubectl("create", "-f", "-", input=role)
    cluster2.kubectl("create", "serviceaccount", "administrator")
    subject = "--serviceaccount=default:administrator"
    cluster2.kubectl("create", "clusterrolebinding", "a", "--clusterrole=kubemcsa", subject)
    token = cluster2.kubectl("create", "token", "administrator").strip()
    configure = ("config", f"--kubeconfig={cluster2.kubeconfig}")
    cluster2.kubectl(*configure, "set-credentials", "administrator", f"--token={token}")
    cluster2.kubectl(*configure, "set-context", "cluster2", "--user=administrator")
    [introduce] = blocks(PAGE, "sh", "Introduce")
    until(lambda: cluster2.kubectl("auth", "can-i", "create", "roles") == "yes\n")
    clusters.run(introduce[introduce.index("kubemcsa") :])
    clusters.alone("End")
    clusters.run("kubectl --context cluster1 apply --server-side -f for-cluster1.yaml")
    clusters.create_import()
    assert clusters.reason("default", IMPORT) == "TokenIssued"
    clusters.alone("End", 1)
