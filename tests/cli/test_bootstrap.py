"""`kubemcsa bootstrap` between two real clusters."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Kubemcsa
from mcsa_core.token import claims
from support.cluster import ClusterError, ControlPlane
from support.cluster.introduction import address_remark
from support.cluster.reading import decoded, get

pytestmark = pytest.mark.cluster

SYSTEM = "multicluster-service-account"


def everything(cluster: ControlPlane) -> dict[str, Any]:
    kinds = (
        "namespaces,serviceaccounts,secrets,clusterroles,clusterrolebindings,"
        "validatingadmissionpolicies,validatingadmissionpolicybindings"
    )
    found = get(cluster, kinds, "-A")["items"]
    return {item["metadata"]["uid"]: item["metadata"].get("labels") for item in found}


def test_introduces_two_clusters(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane
) -> None:
    result = kubemcsa(
        "bootstrap",
        "--target-context=cluster1",
        "--source-context=cluster2",
        contexts=[cluster1, cluster2],
    )
    assert result.exit_code == 0
    policies = "tokens", "grants"
    address, everything_may = result.stderr.splitlines()
    assert address == address_remark("cluster2", "cluster1")
    assert everything_may.startswith("cluster2: cluster1 may import every service account of clu")
    *lines, last = result.stdout.splitlines()
    assert lines == [
        "cluster2: namespace/multicluster-service-account applied",
        *(
            f"cluster2: {kind}/multicluster-service-account-{policy} applied"
            for policy in policies
            for kind in ("validatingadmissionpolicy", "validatingadmissionpolicybinding")
        ),
        "cluster2: serviceaccount/cluster1 applied",
        "cluster2: clusterrole/service-account-import-controller-remote applied",
        "cluster2: clusterrolebinding/cluster1 applied",
        "cluster1: namespace/multicluster-service-account applied",
        "cluster1: secret/cluster2 applied",
        "cluster1: serviceaccountimport/cluster2 applied",
    ]
    secret = get(cluster1, "secret", "-n", SYSTEM, "cluster2")
    held = decoded(secret)
    token = claims(held["token"])
    assert token is not None
    assert token.subject == "system:serviceaccount:multicluster-service-account:cluster1"
    assert token.expires_at - token.issued_at == 30 * 86400
    assert secret["type"] == "Opaque"
    assert held | {"config": "", "token": ""} == {
        "config": "",
        "server": cluster2.server,
        "ca.crt": cluster2.ca,
        "namespace": SYSTEM,
        "token": "",
    }
    assert last.startswith(
        "cluster1 can now import every service account of cluster2. Its credential is valid for"
        " 720h0m0s, until 20"
    )
    assert last.endswith(
        ", and is renewed by Metacontroller and the hooks. Imports in cluster1 say clusterName:"
        " cluster2."
    )
    assert held["token"] not in result.output
    assert get(cluster1, "serviceaccountimport", "-n", SYSTEM, "cluster2")["spec"] == {
        "clusterName": "cluster2",
        "namespace": SYSTEM,
        "name": "cluster1",
        "expirationSeconds": 30 * 86400,
    }


def test_a_second_run_repairs_and_renews_and_duplicates_nothing(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane, introduced: None
) -> None:
    before = everything(cluster1), everything(cluster2)
    role = "clusterrole/service-account-import-controller-remote"
    read_all = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]}]
    cluster2.kubectl("patch", role, "--type=merge", "-p", json.dumps({"rules": read_all}))
    old = decoded(get(cluster1, "secret", "-n", SYSTEM, "cluster2"))["token"]
    result = kubemcsa("bootstrap", "cluster1", "cluster2", contexts=[cluster1, cluster2])
    assert result.exit_code == 0
    assert decoded(get(cluster1, "secret", "-n", SYSTEM, "cluster2"))["token"] != old
    assert (everything(cluster1), everything(cluster2)) == before
    assert get(cluster2, role)["rules"] == [
        {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
    ]


def test_the_credential_duration_of_before(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane, introduced: None
) -> None:
    names = ("--source-name=brief", "--target-name=brief-t", "--service-account=default/default")
    for duration in (("--credential-duration=48h",), ()):
        command = ("bootstrap", "cluster1", "cluster2", *names, *duration)
        assert kubemcsa(*command, contexts=[cluster1, cluster2]).exit_code == 0
        renewal = get(cluster1, "serviceaccountimport", "-n", SYSTEM, "brief")
        assert renewal["spec"]["expirationSeconds"] == 48 * 3600


@pytest.fixture
def renamed(cluster1: ControlPlane, cluster2: ControlPlane, tmp_path: Path) -> tuple[Path, Path]:
    """Kubeconfigs whose contexts are called otherwise than their clusters."""
    paths = []
    for cluster in (cluster1, cluster2):
        config = yaml.safe_load(cluster.kubeconfig.read_text())
        config["contexts"][0]["name"] = config["current-context"] = f"context-{cluster.name}"
        config["clusters"][0]["name"] = f"named-{cluster.name}"
        config["contexts"][0]["context"]["cluster"] = f"named-{cluster.name}"
        path = tmp_path / cluster.name
        path.write_text(yaml.safe_dump(config))
        paths.append(path)
    return paths[0], paths[1]


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], ("named-cluster1", "named-cluster2")),
        (["context-cluster1", "context-cluster2"], ("named-cluster1", "named-cluster2")),
        (["--target-name=t", "--source-name=s.s"], ("t", "s.s")),
        (["context-cluster1", "context-cluster2", "--source-name=z"], ("named-cluster1", "z")),
    ],
)
def test_names(
    kubemcsa: Kubemcsa,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    renamed: tuple[Path, Path],
    arguments: list[str],
    names: tuple[str, str],
) -> None:
    flags = [f"--target-kubeconfig={renamed[0]}", f"--source-kubeconfig={renamed[1]}"]
    result = kubemcsa("bootstrap", *flags, *arguments, contexts=[])
    target, source = names
    assert result.exit_code == 0
    *_, last = result.stdout.splitlines()
    assert last.startswith(f"{target} can now import every service account of {source}. Its cred")
    assert last.endswith(f" Imports in {target} say clusterName: {source}.")
    assert get(cluster2, "serviceaccount", "-n", SYSTEM, target)
    held = decoded(get(cluster1, "secret", "-n", SYSTEM, source))
    assert yaml.safe_load(held["config"])["current-context"] == source
    assert get(cluster1, "serviceaccountimport", "-n", SYSTEM, source)["spec"]["name"] == target


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cluster1"], "name both contexts, first the target's, where the pods run."),
        (["a", "b", "c"], "name both contexts, first the target's, where the pods run."),
        (["a", "b", "--target-context=c"], "name the contexts as arguments or as options"),
        (
            ["cluster1", "cluster2", "--target-name=default"],
            "the target's name can't be default, which is the name of a service account in every"
            " namespace: add --target-name cluster, for example.",
        ),
        (
            ["cluster1", "cluster2", "--target-name=arn:aws:eks:eu-west-1:1:cluster/A_b"],
            "the target's name 'arn:aws:eks:eu-west-1:1:cluster/A_b' is not a DNS-1123 subdomain of"
            " at most 63 characters (lower-case letters, digits, - and .): add --target-name"
            " arn-aws-eks-eu-west-1-1-cluster-a-b, for example.",
        ),
        (
            ["cluster1", "cluster2", f"--source-name={'x' * 64}"],
            f"add --source-name {'x' * 63}, for example.",
        ),
        (
            ["cluster1", "cluster2", f"--target-name={'x' * 64}"],
            f"add --target-name {'x' * 63}, for example.",
        ),
        (["cluster1", "cluster2", "--source-name=__"], "add --source-name cluster, for example."),
        (
            ["cluster1", "cluster1"],
            "both clusters are called cluster1: name two contexts, first the target's, where the"
            " pods run, or add --source-name"
            " cluster1-source, for example.",
        ),
        (["cluster1", "cluster2", "--credential-duration=30d"], "'30d' is not a duration"),
        (
            ["cluster1", "cluster2", "--credential-duration=8760h1s"],
            "'8760h1s' is longer than 8760h0m0s, which is the most there is.",
        ),
        (
            ["cluster1", "cluster2", "--source-server=http://x"],
            "its server is not an https URL; correct it.",
        ),
        (["cluster1", "cluster2", "--source-ca=/none"], "cannot read the CA /none"),
    ],
)
def test_usage_errors(
    kubemcsa: Kubemcsa,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    arguments: list[str],
    said: str,
) -> None:
    before = everything(cluster1), everything(cluster2)
    result = kubemcsa("bootstrap", *arguments, contexts=[cluster1, cluster2])
    assert result.exit_code == 2
    assert said in result.stderr
    assert (everything(cluster1), everything(cluster2)) == before


def test_a_secret_that_it_did_not_make(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane, introduced: None
) -> None:
    cluster1.kubectl("create", "secret", "generic", "-n", SYSTEM, "foreign", "--from-literal=a=b")
    before = get(cluster1, "secret", "-n", SYSTEM, "foreign"), everything(cluster2)
    arguments = ["cluster1", "cluster2", "--source-name=foreign", "--target-name=foreigner"]
    result = kubemcsa("bootstrap", *arguments, contexts=[cluster1, cluster2])
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: context cluster1: Secret multicluster-service-account/foreign exists and was not"
        " made by kubemcsa: add --source-name foreign-2, for example, or, if it is not needed, run"
        f" kubectl --context cluster1 -n {SYSTEM} delete secret foreign first.\n",
    )
    after = get(cluster1, "secret", "-n", SYSTEM, "foreign"), everything(cluster2)
    assert after == before


def test_no_crd_in_the_target(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane
) -> None:
    before = everything(cluster1)
    result = kubemcsa("bootstrap", "cluster2", "cluster1", contexts=[cluster1, cluster2])
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: context cluster2: the cluster does not know ServiceAccountImports, but that of"
        " context cluster1 does: are the two swapped? If so, run kubemcsa bootstrap"
        " --target-context cluster1 --source-context cluster2, else install"
        " multicluster-service-account there first, or at least run kubectl --context cluster2"
        " apply -f deploy/crd.yaml.\n",
    )
    assert everything(cluster1) == before


@pytest.fixture
def identity(
    cluster1: ControlPlane, cluster2: ControlPlane, introduced: None, tmp_path: Path
) -> Any:
    """Runs kubectl in cluster2 as the identity that cluster1 has there."""
    config = tmp_path / "identity"
    config.write_text(decoded(get(cluster1, "secret", "-n", SYSTEM, "cluster2"))["config"])

    def kubectl(*args: str) -> str:
        return cluster2.kubectl(f"--kubeconfig={config}", *args)

    return kubectl


def test_rights_of_the_identity(identity: Any, cluster2: ControlPlane, namespace: str) -> None:
    cluster2.kubectl("create", "serviceaccount", "-n", namespace, "granted")
    assert identity("get", "serviceaccount", "-n", namespace, "granted")
    assert identity("create", "token", "-n", namespace, "granted")
    assert identity("create", "token", "-n", SYSTEM, "cluster1")
    for refused in ("secrets", "pods", "serviceaccounts"):
        with pytest.raises(ClusterError, match="forbidden"):
            identity("get", refused, "-n", namespace)


@pytest.fixture
def bindable(cluster2: ControlPlane, namespace: str) -> dict[str, str]:
    """A service account `granted` of that namespace, and what its tokens can be bound to."""
    metadata = {"name": "granted", "namespace": namespace}
    pod = {"serviceAccountName": "granted", "containers": [{"name": "a", "image": "a"}]}
    for body in (
        {"kind": "ServiceAccount", "metadata": metadata},
        {"kind": "Secret", "metadata": metadata},
        {"kind": "Pod", "metadata": metadata, "spec": pod},
        {"kind": "Node", "metadata": {"name": namespace}},
    ):
        cluster2.kubectl("create", "-f", "-", input=json.dumps({"apiVersion": "v1"} | body))
    return {"Secret": "granted", "Pod": "granted", "Node": namespace}


def token_request(namespace: str, folder: Path, **spec: Any) -> tuple[str, ...]:
    """The arguments of kubectl that request a token of `granted`."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    file = folder / "request.json"
    file.write_text(json.dumps(body))
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/granted/token"
    return "create", f"--raw={path}", "-f", str(file)


def test_a_bound_token(
    identity: Any,
    bindable: dict[str, str],
    cluster2: ControlPlane,
    namespace: str,
    tmp_path: Path,
) -> None:
    """A token that its owner's policies take for a pod's or a node's own."""
    for kind, name in bindable.items():
        bound = {"kind": kind, "apiVersion": "v1", "name": name}
        request = token_request(namespace, tmp_path, boundObjectRef=bound)
        with pytest.raises(ClusterError, match="other clusters never get a token that is bound"):
            identity(*request)
        assert json.loads(cluster2.kubectl(*request))["status"]["token"]


def test_a_token_for_more_than_a_year(
    identity: Any,
    bindable: dict[str, str],
    cluster2: ControlPlane,
    namespace: str,
    tmp_path: Path,
) -> None:
    request = token_request(namespace, tmp_path, expirationSeconds=31536001)
    with pytest.raises(ClusterError, match="other clusters never get a token for more than a year"):
        identity(*request)
    assert json.loads(cluster2.kubectl(*request))["status"]["token"]


@pytest.mark.parametrize(
    ("spec", "seconds"),
    [
        ({}, 3600),
        ({"expirationSeconds": None, "boundObjectRef": None}, 3600),
        ({"expirationSeconds": 31536000, "audiences": ["a"]}, 31536000),
    ],
)
def test_tokens_as_they_are_requested(
    identity: Any,
    bindable: dict[str, str],
    namespace: str,
    tmp_path: Path,
    spec: Any,
    seconds: int,
) -> None:
    made = json.loads(identity(*token_request(namespace, tmp_path, **spec)))
    granted = claims(made["status"]["token"])
    assert granted is not None
    assert granted.expires_at - granted.issued_at == seconds


def test_tokens_that_no_identity_ever_gets(identity: Any, cluster2: ControlPlane) -> None:
    for namespace, name in (("kube-system", "powerful"), (SYSTEM, "another")):
        cluster2.kubectl("create", "serviceaccount", "-n", namespace, name)
        with pytest.raises(ClusterError, match="other clusters never get a token of"):
            identity("create", "token", "-n", namespace, name)
        assert cluster2.kubectl("create", "token", "-n", namespace, name)
