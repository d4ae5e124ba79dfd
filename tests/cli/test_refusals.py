"""What kubemcsa says when a real API server refuses, or is called in a wrong way."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import Kubemcsa
from support.cluster import ControlPlane
from support.samples.signing import aged

pytestmark = pytest.mark.cluster

Variant = Callable[..., Path]
ACCOUNT = "of-refusals"


@pytest.fixture(scope="module", autouse=True)
def account(cluster2: ControlPlane) -> None:
    cluster2.kubectl("create", "serviceaccount", ACCOUNT)


@pytest.fixture
def variant(cluster2: ControlPlane, tmp_path: Path) -> Variant:
    """Writes cluster2's kubeconfig with other fields of its cluster, or another user."""

    def write(user: Any = None, **cluster: Any) -> Path:
        config = json.loads(cluster2.kubeconfig.read_text())
        config["clusters"][0]["cluster"] |= cluster
        if user is not None:
            config["users"][0]["user"] = user
        path = tmp_path / "config"
        path.write_text(json.dumps(config))
        return path

    return write


def kubectl(path: Path) -> str:
    return f"kubectl --kubeconfig {path} --context cluster2"


COMMANDS = {
    "export": ("export", ACCOUNT, "-n=default", "--kubeconfig"),
    "status": ("status", "--kubeconfig"),
    "sync": ("sync", "-A", "--kubeconfig"),
    "unbootstrap": ("unbootstrap", "--target-name=refusals", "--yes", "--source-kubeconfig"),
}


EXIT_CODES = {"status": 3}
"""Of the commands that distinguish that they could not ask; the others: 1."""


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("is_expired", [False, True])
def test_a_token_that_is_refused(
    kubemcsa: Kubemcsa, variant: Variant, cluster2: ControlPlane, command: str, is_expired: bool
) -> None:
    token = "wrong"
    if is_expired:
        granted = cluster2.kubectl("create", "token", ACCOUNT).strip()
        token = aged(granted, cluster2.signing_key, 7200, 3600)
    path = variant({"token": token})
    result = kubemcsa(*COMMANDS[command], str(path), contexts=[])
    assert result.exit_code == EXIT_CODES.get(command, 1)
    sentence = (
        f"Error: context cluster2: {cluster2.server} does not accept the credential in the"
        " kubeconfig (HTTP status 401): it is wrong or has expired; log in again, or try"
        f" {kubectl(path)} auth whoami."
    )
    assert result.stderr.splitlines()[-1] == sentence
    assert result.stdout == ""


def test_no_credential_at_all(kubemcsa: Kubemcsa, variant: Variant) -> None:
    result = kubemcsa("status", f"--kubeconfig={variant({})}", contexts=[])
    assert result.exit_code == 3
    assert result.stderr.startswith("Error: context cluster2: ")
    assert result.stderr.endswith(ANONYMOUS)


ANONYMOUS = ": the user in the kubeconfig has no credential; log in first.\n"


def test_a_right_that_is_missing(kubemcsa: Kubemcsa, unprivileged: Path) -> None:
    flags = (f"--kubeconfig={unprivileged}", "-n=kube-system")
    result = kubemcsa("export", "default", *flags, contexts=[])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        'Error: context cluster2: serviceaccounts "default" is forbidden: User'
        ' "system:serviceaccount:default:nobody" cannot create resource "serviceaccounts/token" in'
        ' API group "" in the namespace "kube-system": ask an administrator for that right, or'
        " choose another context.\n"
    )


def test_http_instead_of_https(
    kubemcsa: Kubemcsa, variant: Variant, cluster2: ControlPlane
) -> None:
    server = cluster2.server.replace("https:", "http:")
    result = kubemcsa("status", f"--kubeconfig={variant(server=server)}", contexts=[])
    assert result.exit_code == 3
    assert result.stderr == (
        f"Error: context cluster2: what answers at {server} is no Kubernetes API (HTTP status 400,"
        " Bad Request): try https:// there, and correct the server of cluster cluster2 in the"
        " kubeconfig.\n"
    )


def test_a_path_too_many(kubemcsa: Kubemcsa, variant: Variant, cluster2: ControlPlane) -> None:
    server = f"{cluster2.server}/k8s/clusters/c-1"
    result = kubemcsa("sync", f"--kubeconfig={variant(server=server)}", contexts=[])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: context cluster2: what answers at {server} is no Kubernetes API (HTTP status 404,"
        " Not Found): correct the server of cluster cluster2 in the kubeconfig.\n"
    )


def test_another_name_by_the_real_server(
    kubemcsa: Kubemcsa, variant: Variant, cluster2: ControlPlane
) -> None:
    path = variant(**{"tls-server-name": "api.example"})
    result = kubemcsa("export", "default", f"--kubeconfig={path}", contexts=[])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: context cluster2: cannot reach {cluster2.server}: its certificate is for other"
        " names than that; use an address that is in the certificate, or set tls-server-name in the"
        " kubeconfig.\n"
    )


def test_loopback_needs_no_proxy(
    kubemcsa: Kubemcsa, cluster2: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://no-such-proxy.invalid:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    result = kubemcsa("export", ACCOUNT, "-n=default", contexts=[cluster2])
    assert result.exit_code == 0, result.output


PLUGIN = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "command": "sh",
    "interactiveMode": "Never",
    "args": ["-c", "echo 'SSO session has expired: run aws sso login' >&2; exit 255"],
}
UNUSABLE = "context 'cluster2' of kubeconfig CONFIG can't be used: its login plugin"
USERS = {
    "a plugin that fails": (
        PLUGIN,
        f"{UNUSABLE} sh failed with exit code 255 (try KUBECTL version) and printed: SSO session"
        " has expired: run aws sso login",
    ),
    "a plugin that is not there": (
        PLUGIN | {"command": "aws-iam-authenticator-x"},
        f"{UNUSABLE} aws-iam-authenticator-x is not installed here, not on PATH or not executable:"
        " install it, or correct its path.",
    ),
    "a plugin of another version": (
        PLUGIN | {"command": "echo", "args": ['{"apiVersion": "v1", "kind": "a", "status": {}}']},
        f"{UNUSABLE} echo printed no credential of apiVersion client.authentication.k8s.io/v1:"
        " update it, or try KUBECTL version.",
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("user", USERS)
def test_a_login_plugin(kubemcsa: Kubemcsa, variant: Variant, command: str, user: str) -> None:
    plugin, sentence = USERS[user]
    path = variant({"exec": plugin})
    result = kubemcsa(*COMMANDS[command], str(path), contexts=[])
    assert (result.exit_code, result.stdout) == (EXIT_CODES.get(command, 1), "")
    sentence = sentence.replace("CONFIG", str(path)).replace("KUBECTL", kubectl(path))
    assert result.stderr == f"Error: {sentence}\n"


def test_contexts_are_listed(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane
) -> None:
    result = kubemcsa("status", "--context=clutser1", contexts=[cluster1, cluster2])
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        f"Error: there is no context 'clutser1' in kubeconfig {cluster1.kubeconfig}:"
        f"{cluster2.kubeconfig}: choose one of cluster1, cluster2.\n"
    )


def test_no_current_context(kubemcsa: Kubemcsa, cluster2: ControlPlane, tmp_path: Path) -> None:
    config = json.loads(cluster2.kubeconfig.read_text())
    del config["current-context"]
    path = tmp_path / "config"
    path.write_text(json.dumps(config))
    result = kubemcsa("sync", f"--kubeconfig={path}", contexts=[])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: kubeconfig {path} has no current-context: choose one of cluster2.\n"
    )


def test_no_kubeconfig(kubemcsa: Kubemcsa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    result = kubemcsa("status", contexts=[])
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        "Error: kubeconfig ~/.kube/config does not exist: set KUBECONFIG, or name a file.\n"
    )


@pytest.mark.parametrize("value", ["0", "0s", "30", "1m"])
def test_a_request_timeout_that_is_kept(
    kubemcsa: Kubemcsa, cluster2: ControlPlane, value: str
) -> None:
    flags = ("-n=default", f"--request-timeout={value}")
    result = kubemcsa("export", ACCOUNT, *flags, contexts=[cluster2])
    assert result.exit_code == 0, result.output


def test_a_cluster_that_does_not_answer(
    kubemcsa: Kubemcsa, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ControlPlane("frozen", tmp_path_factory.mktemp("frozen")) as cluster:
        cluster.freeze_apiserver()
        try:
            result = kubemcsa("status", "--request-timeout=1s", contexts=[cluster])
        finally:
            cluster.thaw_apiserver()
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        f"Error: context frozen: cannot reach {cluster.server}: there was no answer within 1s; try"
        " again, or with more time, as by --request-timeout=2m.\n"
    )
