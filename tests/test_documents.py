"""The commands of the documents, on real clusters."""

import ast
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsa_core.names import API_VERSION, KIND, grant_name, secret_name
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import decoded, get
from support.cluster.scripts import run
from support.cluster.waiting import until
from support.documents import blocks
from support.samples import original

pytestmark = pytest.mark.cluster

SYSTEM = original.SYSTEM
NAME = "cluster2-default-pod-lister"
SECRET = secret_name("default", NAME)
BOTH = "--target-context cluster1 --source-context cluster2"
MINE = {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"}


HELD = (
    ("cluster2", SYSTEM),
    (secret_name(SYSTEM, "cluster2"), SYSTEM),
    (SECRET, "default"),
)
"""The Secrets in which cluster1 holds tokens of cluster2: name and namespace."""


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[tuple[ControlPlane, ControlPlane]]:
    """New ones: what is done to them concerns all that is in them."""
    with (
        ControlPlane("cluster1", tmp_path / "1", controller_manager=True) as cluster1,
        ControlPlane("cluster2", tmp_path / "2") as cluster2,
    ):
        yield cluster1, cluster2


def commands(document: str, heading: str = "") -> str:
    """The commands of a document, or of the part under a heading, with those at its beginning."""
    text = (ROOT / "docs" / document).read_text()
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    wanted = [parts[0], *(part for part in parts[1:] if part.startswith(heading))]
    assert len(wanted) > 1
    return "\n".join(re.findall(r"```sh\n(.*?)```", "\n".join(wanted), re.DOTALL))


def ready(cluster: ControlPlane) -> dict[str, str]:
    """The condition of each import."""
    found = get(cluster, "sai", "-A")["items"]
    return {
        one["metadata"]["name"]: one["status"]["conditions"][0]["reason"]
        for one in found
        if one.get("status")
    }


def create(cluster: ControlPlane, objects: list[Any]) -> None:
    for one in objects:
        cluster.kubectl("create", "-f", "-", input=json.dumps(one))


def test_coming_from_the_original(clusters: tuple[ControlPlane, ControlPlane]) -> None:
    cluster1, cluster2 = clusters
    cluster1.kubectl("create", "-f", "-", input=json.dumps(original.definition()))
    listed = ("get", "--raw", "/apis/multicluster.admiralty.io/v1alpha1/serviceaccountimports")
    until(lambda: cluster1.kubectl(*listed, check=False))
    create(cluster1, original.in_target(cluster2))
    create(cluster2, original.in_source())
    spec = get(cluster1, "sai", "-n", "default", NAME)["spec"]
    who = f"--as=system:serviceaccount:{SYSTEM}:cluster1"
    can = ("auth", "can-i", "list", "secrets", "-A", who)
    until(lambda: cluster2.kubectl(*can, check=False) == "yes\n")

    moved, _, cleaned = commands("from-the-original.md").partition(
        "kubectl --context $CLUSTER1 delete secrets -A"
    )
    run(moved, *clusters)
    until(lambda: cluster2.kubectl(*can, check=False) == "no\n")
    run("kubemcsa sync -A --context cluster1", *clusters)
    assert ready(cluster1) == {"cluster2": "TokenIssued", NAME: "TokenIssued"}
    names = "CLUSTER1=cluster1\nCLUSTER2=cluster2\nkubectl --context $CLUSTER1 delete secrets -A"
    run(names + cleaned, *clusters)

    kept = get(cluster1, "sai", "-n", "default", NAME)["spec"]
    assert kept == spec | {"expirationSeconds": 86400}
    secrets = {s["metadata"]["name"] for s in get(cluster1, "secrets", "-A")["items"]}
    assert secrets == {"cluster2", secret_name(SYSTEM, "cluster2"), SECRET}
    secrets = {s["metadata"]["name"] for s in get(cluster2, "secrets", "-A")["items"]}
    assert secrets == {grant_name("cluster1")}
    kinds = "mutatingwebhookconfigurations,deployments,clusterroles,clusterrolebindings"
    for cluster in clusters:
        left = {one["metadata"]["name"] for one in get(cluster, kinds, "-A")["items"]}
        old = {original.CONTROLLER, original.WEBHOOK, original.REMOTE, "cluster1"}
        assert not left & old
    run("kubemcsa sync -A --context cluster1 && kubemcsa status --check", *clusters)


def test_two_administrators(clusters: tuple[ControlPlane, ControlPlane]) -> None:
    cluster1, cluster2 = clusters
    [handover] = blocks("docs/clusters.md", "shell", "Two administrators")
    cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
    cluster1.kubectl("wait", "--for=condition=Established", "crd", "--all")
    cluster2.kubectl("create", "serviceaccount", "pod-lister")
    # The file is written into the folder of a test.
    run(f"cd {cluster1.kubeconfig.parent}\n{handover}", *clusters)
    cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / "examples" / "import.yaml"))
    run("kubemcsa sync -A --context cluster1", *clusters)
    assert ready(cluster1) == {"cluster2": "TokenIssued", NAME: "TokenIssued"}


@pytest.fixture
def introduced_clusters(
    clusters: tuple[ControlPlane, ControlPlane], tmp_path: Path
) -> tuple[ControlPlane, ControlPlane]:
    """cluster1 has an import that is Ready."""
    cluster1, cluster2 = clusters
    cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
    listed = ("get", "--raw", "/apis/multicluster.admiralty.io/v1alpha1/serviceaccountimports")
    until(lambda: cluster1.kubectl(*listed, check=False))
    cluster2.kubectl("create", "serviceaccount", "pod-lister")
    run("kubemcsa bootstrap cluster1 cluster2 --service-account default/pod-lister", *clusters)
    cluster1.kubectl(
        "create",
        "-f",
        "-",
        input=json.dumps(
            {
                "apiVersion": "multicluster.admiralty.io/v1alpha1",
                "kind": "ServiceAccountImport",
                "metadata": {"name": NAME},
                "spec": MINE,
            }
        ),
    )
    run("kubemcsa sync -A --context cluster1", *clusters)
    return clusters


def holder(cluster1: ControlPlane, cluster2: ControlPlane, name: str, namespace: str) -> str:
    """Whom cluster2 takes the holder of a Secret's kubeconfig for, from a copy that was stolen."""
    stolen = cluster1.kubeconfig.parent / f"stolen-{name}"
    if not stolen.exists():
        stolen.write_text(decoded(get(cluster1, "secret", "-n", namespace, name))["config"])
    whoami = ("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")
    return cluster2.kubectl(f"--kubeconfig={stolen}", *whoami, check=False)


def test_a_stolen_credential(introduced_clusters: tuple[ControlPlane, ControlPlane]) -> None:
    cluster1, cluster2 = clusters = introduced_clusters
    assert all(holder(cluster1, cluster2, *key) for key in HELD)
    run(commands("emergency.md", "A credential or a token is stolen"), *clusters)
    until(lambda: not any(holder(cluster1, cluster2, *key) for key in HELD), 15)
    # No token is replaced before it is 30 s old.
    until(lambda: synced(*clusters), 90)
    run("kubemcsa status --check --context cluster1", *clusters)


def test_a_stolen_credential_without_grants(
    introduced_clusters: tuple[ControlPlane, ControlPlane],
) -> None:
    cluster1, cluster2 = clusters = introduced_clusters
    run("kubemcsa bootstrap cluster1 cluster2 --all-service-accounts", *clusters)
    cluster1.kubectl("delete", "secret", "-n", "default", SECRET)
    cluster1.kubectl("delete", "secret", "-n", SYSTEM, HELD[1][0])
    run("kubemcsa sync -A --context cluster1", *clusters)
    assert all(holder(cluster1, cluster2, *key) for key in HELD)
    run(commands("emergency.md", "A credential without grants is stolen"), *clusters)
    until(lambda: not any(holder(cluster1, cluster2, *key) for key in HELD))
    until(lambda: synced(*clusters), 90)
    run("kubemcsa status --check --context cluster1", *clusters)


def as_alice(cluster: ControlPlane, name: str) -> str:
    """What a developer of namespace apps is told who makes an import; empty if she may not."""
    body = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": name, "namespace": "apps"},
        "spec": MINE,
    }
    who = ("--as=alice", "--as-group=apps-developers")
    return cluster.kubectl("create", *who, "-f", "-", input=json.dumps(body), check=False)


def test_a_right_that_is_taken_away(
    introduced_clusters: tuple[ControlPlane, ControlPlane],
) -> None:
    cluster1, cluster2 = clusters = introduced_clusters
    cluster1.kubectl("create", "namespace", "apps")
    for file in ("policy-imports.yaml", "examples/tenant-role.yaml"):
        cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / file))
    until(lambda: as_alice(cluster1, NAME))
    run("kubemcsa sync -A --context cluster1", *clusters)
    stolen = (secret_name("apps", NAME), "apps")
    assert holder(cluster1, cluster2, *stolen)

    binding = ("rolebinding", "-n", "apps", "import-cluster2-default-pod-lister")
    cluster1.kubectl("delete", *binding)
    until(lambda: not as_alice(cluster1, f"canary-{time.monotonic_ns()}"))
    cluster1.kubectl("delete", "secret", "-n", "apps", stolen[0])
    run("kubemcsa sync -A --context cluster1", *clusters)
    assert get(cluster1, "secret", "-n", "apps", stolen[0])
    assert holder(cluster1, cluster2, *stolen)

    run(commands("emergency.md", "The right to import is taken away"), *clusters)
    until(lambda: not cluster1.kubectl("get", "secret", "-n", "apps", stolen[0], check=False))
    until(lambda: not holder(cluster1, cluster2, *stolen))
    until(lambda: synced(*clusters), 90)
    assert holder(cluster1, cluster2, SECRET, "default")


def test_a_webhook_that_is_down(introduced_clusters: tuple[ControlPlane, ControlPlane]) -> None:
    cluster1, _ = introduced_clusters
    for file in ("webhook.yaml", "policy-mounts.yaml"):
        cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / file))
    cluster1.kubectl("label", "namespace", "default", "multicluster-service-account=enabled")
    account = ("get", "serviceaccount", "default")
    until(lambda: cluster1.kubectl(*account, check=False))
    annotation = "multicluster.admiralty.io/service-account-import.name"
    pod = ("run", "client", "--image=client", f"--annotations={annotation}={NAME}")
    until(lambda: not cluster1.kubectl(*pod, "--dry-run=server", check=False))
    run(commands("emergency.md", "The webhook is down"), *introduced_clusters)
    until(lambda: cluster1.kubectl(*pod, "--dry-run=server", check=False))


def test_renewal_that_is_stuck(introduced_clusters: tuple[ControlPlane, ControlPlane]) -> None:
    cluster1, _ = introduced_clusters
    cluster1.kubectl("delete", "secret", "-n", "default", SECRET)
    run(commands("emergency.md", "Renewal is stuck"), *introduced_clusters)
    assert get(cluster1, "secret", "-n", "default", SECRET)


def test_a_source_with_another_address(
    introduced_clusters: tuple[ControlPlane, ControlPlane],
) -> None:
    """It is registered as it was before, and the policy is there."""
    cluster1, cluster2 = clusters = introduced_clusters
    cluster1.kubectl("delete", "sai,secret", "-n", SYSTEM, "cluster2")
    accounts = "--service-account default/pod-lister"
    run(f"kubemcsa bootstrap {BOTH} {accounts} --source-server https://127.0.0.1:1", *clusters)
    cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / "policy-credentials.yaml"))
    with pytest.raises(AssertionError, match=r"registers https://127\.0\.0\.1:1 by that name"):
        run(f"kubemcsa bootstrap {BOTH} {accounts}", *clusters)
    before = get(cluster1, "secret", "-n", "default", SECRET)["data"]
    run(commands("emergency.md", "The source has another address or CA"), *clusters)
    assert get(cluster1, "secret", "-n", "default", SECRET)["data"] == before
    until(lambda: synced(*clusters))
    run("kubemcsa status --check --context cluster1", *clusters)
    assert decoded(get(cluster1, "secret", "-n", SYSTEM, "cluster2"))["server"] == cluster2.server


def synced(*clusters: ControlPlane) -> bool:
    """Whether all is Ready.

    The Secret of an import that was deleted goes a moment later; a token that was granted a moment
    ago is not replaced.
    """
    try:
        run("kubemcsa sync -A --context cluster1", *clusters)
    except AssertionError:
        return False
    return True


def test_a_kubeconfig_that_is_taken_out(
    introduced_clusters: tuple[ControlPlane, ControlPlane], tmp_path: Path
) -> None:
    """Nobody else may read it; with the login plugin it has the token of the Secret of now."""
    cluster1, cluster2 = clusters = introduced_clusters
    cluster2.kubectl("create", "role", "pods", "--verb=list", "--resource=pods")
    account = "--serviceaccount=default:pod-lister"
    cluster2.kubectl("create", "rolebinding", "pods", "--role=pods", account)
    [take_out] = blocks("docs/automount.md", "sh")
    run(f"cd {tmp_path}\n{take_out}", *clusters)
    config = tmp_path / "config"
    assert config.stat().st_mode & 0o777 == 0o600

    page = (ROOT / "docs" / "automount.md").read_text()
    [user] = re.findall("<!-- exec -->\n```yaml\n(.*?)```", page, re.DOTALL)
    own = user.replace("/home/me/.kube/config", str(cluster1.kubeconfig))
    assert own != user
    config.write_text(json.dumps(yaml.safe_load(config.read_text()) | yaml.safe_load(own)))
    whoami = f"KUBECONFIG={config} kubectl auth whoami -o jsonpath={{.status.userInfo.username}}"
    assert run(whoami, *clusters) == "system:serviceaccount:default:pod-lister"
    cluster1.kubectl("delete", "secret", SECRET)
    with pytest.raises(AssertionError, match=f'"{SECRET}" not found'):
        run(whoami, *clusters)


def test_audiences(introduced_clusters: tuple[ControlPlane, ControlPlane]) -> None:
    """The import is Ready with any; cluster2 accepts the token with its own in the list only."""
    cluster1, cluster2 = introduced_clusters
    stuck = commands("stuck-pods.md", "The other cluster refuses")
    [find] = re.findall(
        r"^kubectl --context cluster2 .* create token .*\n(?:.*\n)*?.*'$", stuck, re.MULTILINE
    )
    [own] = ast.literal_eval(run(find, *introduced_clusters))
    for name, audiences in (("vault", ["vault"]), ("both", ["vault", own])):
        sai = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}}
        body = sai | {"spec": MINE | {"audiences": audiences}}
        cluster1.kubectl("create", "-f", "-", input=json.dumps(body))
    for _ in range(2):
        run("kubemcsa sync -A --context cluster1", *introduced_clusters)
    assert set(ready(cluster1).values()) == {"TokenIssued"}
    assert holder(cluster1, cluster2, secret_name("default", "vault"), "default") == ""
    assert holder(cluster1, cluster2, secret_name("default", "both"), "default")


def test_a_deployment_that_uses_imports(cluster1: ControlPlane) -> None:
    page = (ROOT / "docs" / "automount.md").read_text()
    [deployment] = re.findall("<!-- deployment -->\n```yaml\n(.*?)```", page, re.DOTALL)
    cluster1.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", input=deployment)


PODS = "/api/v1/namespaces/default/pods"


def test_calls_in_the_audit_log(tmp_path: Path) -> None:
    """Each part of the document finds what it says, and nothing else."""
    policy, log = tmp_path / "policy.yaml", tmp_path / "audit.log"
    [minimal] = blocks("docs/audit.md", "yaml")
    policy.write_text(minimal)
    flags = (f"--audit-policy-file={policy}", f"--audit-log-path={log}")
    with (
        ControlPlane("cluster1", tmp_path / "1") as cluster1,
        ControlPlane("cluster2", tmp_path / "2", flags=flags) as cluster2,
    ):
        both = (cluster1, cluster2)
        cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
        cluster1.kubectl("wait", "--for=condition=Established", "crd", "--all")
        cluster2.kubectl("create", "serviceaccount", "pod-lister")
        run(f"kubemcsa bootstrap {BOTH} --service-account default/pod-lister", *both)
        for name in (NAME, "another"):
            metadata = {"name": name, "namespace": "default"}
            sai = {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": MINE}
            cluster1.kubectl("create", "-f", "-", input=json.dumps(sai))
        # The second run asks for reviews of the tokens.
        for _ in range(2):
            run("kubemcsa sync -A --context cluster1", *both)
        for name in (NAME, "another"):
            config = tmp_path / name
            secret = get(cluster1, "secret", secret_name("default", name))
            config.write_text(decoded(secret)["config"])
            cluster2.kubectl(f"--kubeconfig={config}", "get", "--raw", PODS, check=False)
        text = (ROOT / "docs" / "audit.md").read_text()
        text = text.replace("AUDIT_LOG=audit.log", f"AUDIT_LOG={log}")
        requests, by_id, prepared, issued, imports = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        granted = rows(run(requests))
        of_last = rows(run(variables(requests) + by_id))
        calls = events(run(prepared, *both))
        [request] = events(run(variables(prepared) + issued, *both))
        [row] = run(variables(prepared) + imports, *both).splitlines()
        ids = {one["status"]["credentialID"] for one in get(cluster1, "sai", "-A")["items"]}
    account = "system:serviceaccount:default:pod-lister"
    assert {event["user"]["username"] for event in calls} == {account}
    verbs = {(event["verb"], event["objectRef"]["resource"]) for event in calls}
    assert verbs >= {("create", "selfsubjectreviews"), ("list", "pods")}
    assert len([event for event in calls if event["objectRef"]["resource"] == "pods"]) == 1
    assert request["user"]["username"] == f"system:serviceaccount:{SYSTEM}:cluster1"
    assert request["objectRef"]["subresource"] == "token"
    assert row.split()[:2] == ["default", NAME]
    accounts = [cells[1] for cells in granted]
    assert sorted(accounts) == [*["default/pod-lister"] * 2, f"{SYSTEM}/cluster1"]
    assert {cells[3] for cells in granted} == {f"JTI={credential_id}" for credential_id in ids}
    assert {cells[2] for cells in granted} == {"201"}
    [listing] = [cells for cells in of_last if cells[3] == PODS]
    assert listing[1:3] == [account, "list"]
    assert listing[5] == "127.0.0.1"


def test_a_look_at_the_network(tmp_path: Path) -> None:
    """The pod's curl, run here, tells a cluster that answers from one that does not."""
    _, look, version = [block for block in blocks("docs/clouds.md", "shell") if "6443" in block]
    url = "https://cluster2.internal.example:6443"
    pod, _, curl = look.partition(" -- \\\n")
    with ControlPlane("cluster2", tmp_path) as cluster2:
        assert run(curl.replace(url, cluster2.server), cluster2) in {"200\n", "401\n", "403\n"}
        assert (
            run(f"{curl.strip()} || true".replace(url, "https://127.0.0.1:1"), cluster2) == "000\n"
        )
        assert "Server Version" in run(version.replace(url, cluster2.server), cluster2)
        pod = pod.replace("cluster1", "cluster2").replace(" --rm -i", " --dry-run=client -o json")
        [container] = json.loads(run(f"{pod} -- curl x", cluster2))["spec"]["containers"]
    assert container["command"] == ["curl", "x"]


def events(lines: str) -> list[Any]:
    return [json.loads(line) for line in lines.splitlines()]


def rows(lines: str) -> list[list[str]]:
    return [line.split("\t") for line in lines.splitlines()]


def variables(script: str) -> str:
    """The assignments at the beginning of a script, each of one line."""
    return "".join(re.findall(r"^[A-Z0-9_]+=.*\n", script, re.MULTILINE))
