"""`kubemcsa export` from a real cluster into another."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Kubemcsa
from mcsa_core.token import claims
from support.cluster import ControlPlane
from support.cluster.reading import decoded, get

pytestmark = pytest.mark.cluster


@pytest.fixture
def account(cluster2: ControlPlane, namespace: str) -> str:
    cluster2.kubectl("create", "serviceaccount", "-n", namespace, "pod-lister")
    return namespace


def test_the_secret(kubemcsa: Kubemcsa, cluster2: ControlPlane, account: str) -> None:
    result = kubemcsa("export", "pod-lister", "-n", account, contexts=[cluster2])
    assert result.exit_code == 0
    made = yaml.safe_load(result.stdout)
    held = decoded(made)
    config = yaml.safe_load(held["config"])
    token = claims(held["token"])
    assert token is not None
    assert token.subject == f"system:serviceaccount:{account}:pod-lister"
    assert token.expires_at - token.issued_at == 30 * 86400
    assert made | {"data": {}} == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "pod-lister"},
        "type": "Opaque",
        "data": {},
    }
    assert held | {"config": "", "token": ""} == {
        "config": "",
        "server": cluster2.server,
        "ca.crt": cluster2.ca,
        "namespace": account,
        "token": "",
    }
    assert config["current-context"] == "pod-lister"
    assert config["contexts"][0]["context"]["namespace"] == account
    assert result.stderr.startswith("The token is valid for 720h0m0s, until 20")
    assert held["token"] not in result.stderr


@pytest.mark.parametrize("flag", ["--secret-name=lister", "--as=lister"])
def test_applied_in_another_cluster_and_used(
    kubemcsa: Kubemcsa,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    account: str,
    tmp_path: Path,
    flag: str,
) -> None:
    exported = kubemcsa(
        "export", "pod-lister", "-n", account, flag, "-o=json", contexts=[cluster2]
    ).stdout
    assert json.loads(exported)["metadata"] == {"name": "lister"}
    for _ in range(2):
        cluster1.kubectl("apply", "-n", account, "--server-side", "-f", "-", input=exported)
    config = tmp_path / "config"
    config.write_text(decoded(get(cluster1, "secret", "-n", account, "lister"))["config"])
    whoami = cluster2.kubectl(f"--kubeconfig={config}", "auth", "whoami")
    assert f"system:serviceaccount:{account}:pod-lister" in whoami


def test_duration(kubemcsa: Kubemcsa, cluster2: ControlPlane, account: str) -> None:
    result = kubemcsa(
        "export", "pod-lister", "-n", account, "--duration=1h30m", contexts=[cluster2]
    )
    assert "valid for 1h30m0s" in result.stderr


def test_a_cap_is_said(
    kubemcsa: Kubemcsa, capped: ControlPlane, introduced: None, account: str
) -> None:
    capped.kubectl("create", "serviceaccount", "pod-lister")
    result = kubemcsa("export", "pod-lister", contexts=[capped])
    assert result.exit_code == 0
    assert "valid for 1h0m0s" in result.stderr


def test_namespace_of_the_context(
    kubemcsa: Kubemcsa, cluster2: ControlPlane, account: str, tmp_path: Path
) -> None:
    config: Any = yaml.safe_load(cluster2.kubeconfig.read_text())
    config["contexts"][0]["context"]["namespace"] = account
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    result = kubemcsa("export", "pod-lister", f"--kubeconfig={path}", contexts=[])
    assert decoded(yaml.safe_load(result.stdout))["namespace"] == account


RULE = (
    "it has other characters than a to z, 0 to 9, - and (but for namespaces) ., begins or ends with"
    " one of these, or is too long."
)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ["missing"],
            1,
            "Error: context cluster2: there is no service account default/missing: choose one that"
            " kubectl --context cluster2 -n default get serviceaccounts lists, or run kubectl"
            " --context cluster2 -n default create serviceaccount missing.\n",
        ),
        (
            ["missing", "-n", "nowhere"],
            1,
            "Error: context cluster2: there is no service account nowhere/missing: choose one that"
            " kubectl --context cluster2 -n nowhere get serviceaccounts lists, or run kubectl"
            " --context cluster2 -n nowhere create serviceaccount missing.\n",
        ),
        (
            ["default/pod-lister"],
            2,
            "Error: the namespace goes into an option: kubemcsa export pod-lister -n default\n",
        ),
        (["a_b"], 2, f"Error: 'a_b' can't be the name of a service account: {RULE}\n"),
        (["a", "-n", "a/b"], 2, f"Error: 'a/b' can't be the name of a namespace: {RULE}\n"),
        (["a", "--as", "UPPER"], 2, f"Error: 'UPPER' can't be the name of a Secret: {RULE}\n"),
        (
            ["present", "--duration=9m"],
            2,
            "'9m' is shorter than 10m0s, which is the least there is.",
        ),
        (["a", "--duration=forever"], 2, "'forever' is not a duration such as 720h or 1h30m."),
        ([], 2, "Missing argument 'NAME'."),
        (["a", "-o=table"], 2, "Invalid value for '-o'"),
    ],
)
def test_bad_input(
    kubemcsa: Kubemcsa, cluster2: ControlPlane, arguments: list[str], code: int, said: str
) -> None:
    present = cluster2.kubectl("create", "sa", "present", "--dry-run=client", "-o", "yaml")
    cluster2.kubectl("apply", "-f", "-", input=present)
    result = kubemcsa("export", *arguments, contexts=[cluster2])
    assert (result.exit_code, result.stdout) == (code, "")
    assert said in result.stderr
    assert result.stderr.count("Error") == 1


def test_no_permission(
    kubemcsa: Kubemcsa, cluster2: ControlPlane, account: str, unprivileged: Path
) -> None:
    arguments = ["pod-lister", "-n", account, f"--kubeconfig={unprivileged}"]
    result = kubemcsa("export", *arguments, contexts=[])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is forbidden" in result.stderr


def test_no_ca(kubemcsa: Kubemcsa, cluster2: ControlPlane, tmp_path: Path) -> None:
    config: Any = yaml.safe_load(cluster2.kubeconfig.read_text())
    del config["clusters"][0]["cluster"]["certificate-authority-data"]
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    result = kubemcsa("export", "pod-lister", f"--kubeconfig={path}", contexts=[])
    assert result.exit_code == 2
    assert "the kubeconfig names no CA for cluster cluster2" in result.stderr
