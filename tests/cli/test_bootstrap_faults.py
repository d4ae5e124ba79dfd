"""`kubemcsa bootstrap` when something is in its way, and with all kinds of administrators."""

import base64
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Kubemcsa
from kubemcsa.api.cluster import Cluster
from mcsa_core.names import secret_name
from support.cluster import ControlPlane, administrator
from support.cluster.loopback import free_ports
from support.cluster.reading import decoded, get

pytestmark = pytest.mark.cluster

SYSTEM = "multicluster-service-account"
WRITES = 11


@pytest.fixture
def variant(cluster2: ControlPlane, tmp_path: Path) -> Callable[..., Path]:
    """Writes the kubeconfig of a cluster (cluster2) with some fields replaced; ... removes."""

    def write(of: ControlPlane = cluster2, *, cluster: Any = None, user: Any = None) -> Path:
        config = yaml.safe_load(of.kubeconfig.read_text())
        for section, change in (
            (config["clusters"][0]["cluster"], cluster or {}),
            (config["users"][0]["user"], user or {}),
        ):
            section.update(change)
            for key in [key for key, value in section.items() if value is ...]:
                del section[key]
        path = tmp_path / "variant"
        path.write_text(yaml.safe_dump(config))
        return path

    return write


@pytest.fixture
def bootstrap(kubemcsa: Kubemcsa, cluster1: ControlPlane) -> Callable[..., Any]:
    """Runs bootstrap with cluster1 as the target."""

    def run(source: Path, name: str, *args: str) -> Any:
        target = f"--target-kubeconfig={cluster1.kubeconfig}"
        names = (f"--target-name={name}-target", f"--source-name={name}")
        return kubemcsa(
            "bootstrap", target, f"--source-kubeconfig={source}", *names, *args, contexts=[]
        )

    return run


def held(cluster1: ControlPlane, name: str) -> dict[str, str]:
    return decoded(get(cluster1, "secret", "-n", SYSTEM, name))


@pytest.mark.parametrize("step", range(1, WRITES + 1))
def test_interrupted_and_run_again(
    kubemcsa: Kubemcsa,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    monkeypatch: pytest.MonkeyPatch,
    step: int,
) -> None:
    names = [f"--source-name=interrupted-{step}", f"--target-name=interrupter-{step}"]
    arguments = ["bootstrap", "cluster1", "cluster2", *names]
    done = 0

    def interrupted(method: Any) -> Any:
        def write(self: Cluster, *args: Any) -> Any:
            nonlocal done
            written = method(self, *args)
            done += not str(args[0]).endswith("/token")
            if done == step:
                raise KeyboardInterrupt
            return written

        return write

    with monkeypatch.context() as patch:
        for name in ("apply", "create", "replace"):
            patch.setattr(Cluster, name, interrupted(getattr(Cluster, name)))
        first = kubemcsa(*arguments, contexts=[cluster1, cluster2])
    assert (first.exit_code, done) == (1, step)
    second = kubemcsa(*arguments, contexts=[cluster1, cluster2])
    assert second.exit_code == 0
    assert held(cluster1, f"interrupted-{step}")["server"] == cluster2.server
    synced = kubemcsa("sync", f"interrupted-{step}", "-n", SYSTEM, contexts=[cluster1])
    assert synced.exit_code == 0, synced.output


def test_unreachable(
    bootstrap: Callable[..., Any], variant: Callable[..., Path], cluster1: ControlPlane
) -> None:
    server = f"https://127.0.0.1:{free_ports(1)[0]}"
    result = bootstrap(variant(cluster={"server": server}), "unreachable")
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"Error: context cluster2: cannot reach {server}: the connection is refused; see whether"
        " the cluster runs, and whether address and port are right."
    ]


def test_what_is_no_api_server(
    bootstrap: Callable[..., Any], variant: Callable[..., Path], cluster1: ControlPlane
) -> None:
    result = bootstrap(variant(cluster={"certificate-authority-data": _encoded(cluster1.ca)}), "ca")
    assert result.exit_code == 1
    assert "its certificate is signed by another CA than the one that is given" in result.stderr


def test_a_web_page_is_no_target(
    kubemcsa: Kubemcsa, cluster2: ControlPlane, hostile_url: str, tmp_path: Path
) -> None:
    config = yaml.safe_load(cluster2.kubeconfig.read_text())
    config["clusters"][0]["cluster"] = {"server": hostile_url}
    path = tmp_path / "page"
    path.write_text(yaml.safe_dump(config))
    flags = [f"--target-kubeconfig={path}", f"--source-kubeconfig={cluster2.kubeconfig}"]
    names = ["--target-name=page", "--source-name=of-page"]
    result = kubemcsa("bootstrap", *flags, *names, contexts=[])
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: context cluster2: what answers at {hostile_url} is no Kubernetes API (HTTP status"
        " 200, OK): correct the server of cluster cluster2 in the kubeconfig.\n"
    )
    accounts = get(cluster2, "serviceaccounts", "-n", SYSTEM)["items"]
    assert "page" not in [account["metadata"]["name"] for account in accounts]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "kubeconfig FILE is not YAML: repair it, or name another one."),
        ("", "kubeconfig FILE has no context: name another file."),
        ("[]", "kubeconfig FILE has no context: name another file."),
        ("- a", "kubeconfig FILE is malformed: it is not a mapping."),
        ("a: b", "kubeconfig FILE has no context: name another file."),
        (
            "users: [{name: a, user: {token: secret}}]",
            "kubeconfig FILE has no context: name another file.",
        ),
        ("a: {b", "kubeconfig FILE is not YAML: repair it, or name another one."),
    ],
)
def test_what_is_no_kubeconfig(
    bootstrap: Callable[..., Any], tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "broken"
    path.write_text(text)
    result = bootstrap(path, "broken")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {problem.replace('FILE', str(path))}\n"


def test_a_token_that_cannot_be_sent(
    bootstrap: Callable[..., Any], variant: Callable[..., Path]
) -> None:
    result = bootstrap(variant(user={"token": "first\nsecond"}), "malformed")
    assert result.exit_code == 1
    assert "first" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_login_plugin_that_fails(
    bootstrap: Callable[..., Any], variant: Callable[..., Path], tmp_path: Path
) -> None:
    version = "client.authentication.k8s.io/v1"
    plugin = {"apiVersion": version, "command": "false", "interactiveMode": "Never"}
    result = bootstrap(variant(user={"token": ..., "exec": plugin}), "plugin-fails")
    assert result.exit_code == 1
    kubectl = f"kubectl --kubeconfig {tmp_path / 'variant'} --context cluster2"
    assert result.stderr == (
        f"Error: context 'cluster2' of kubeconfig {tmp_path / 'variant'} can't be used: its login"
        f" plugin false failed with exit code 1; see what it printed, and try {kubectl} version.\n"
    )


def test_only_certificates_of_a_ca_file_travel_along(
    bootstrap: Callable[..., Any], cluster1: ControlPlane, cluster2: ControlPlane, tmp_path: Path
) -> None:
    file = tmp_path / "both.pem"
    key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    file.write_text(key + cluster2.ca)
    assert bootstrap(cluster2.kubeconfig, "both", f"--source-ca={file}").exit_code == 0
    assert held(cluster1, "both")["ca.crt"] == cluster2.ca


def test_no_permission(bootstrap: Callable[..., Any], unprivileged: Path) -> None:
    result = bootstrap(unprivileged, "forbidden")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: context cluster2: ")
    assert "is forbidden" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none", "cluster2"], "there is no context 'none' in kubeconfig"),
        (["cluster1", "none"], "there is no context 'none' in kubeconfig"),
    ],
)
def test_wrong_context(
    kubemcsa: Kubemcsa,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    arguments: list[str],
    said: str,
) -> None:
    result = kubemcsa("bootstrap", *arguments, contexts=[cluster1, cluster2])
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_ca_file(
    bootstrap: Callable[..., Any],
    variant: Callable[..., Path],
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    tmp_path: Path,
) -> None:
    (tmp_path / "ca.pem").write_text(cluster2.ca)
    file = {"certificate-authority-data": ..., "certificate-authority": "ca.pem"}
    assert bootstrap(variant(cluster=file), "ca-file").exit_code == 0
    assert held(cluster1, "ca-file")["ca.crt"] == cluster2.ca


def test_no_ca(
    bootstrap: Callable[..., Any],
    variant: Callable[..., Path],
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    tmp_path: Path,
) -> None:
    skip = {"certificate-authority-data": ..., "insecure-skip-tls-verify": True}
    result = bootstrap(variant(cluster=skip), "no-ca")
    assert result.exit_code == 2
    assert "the kubeconfig names no CA for cluster cluster2" in result.stderr


def test_another_address_and_ca(
    bootstrap: Callable[..., Any], cluster1: ControlPlane, cluster2: ControlPlane, tmp_path: Path
) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text(cluster1.ca)
    options = ["--source-server=https://elsewhere:6443", f"--source-ca={ca}"]
    assert bootstrap(cluster2.kubeconfig, "elsewhere", *options).exit_code == 0
    found = held(cluster1, "elsewhere")
    assert (found["server"], found["ca.crt"]) == ("https://elsewhere:6443", cluster1.ca)


def test_client_certificate(
    bootstrap: Callable[..., Any],
    variant: Callable[..., Path],
    cluster1: ControlPlane,
    capped: ControlPlane,
) -> None:
    folder = capped.kubeconfig.parent
    user = {
        "token": ...,
        "client-certificate": str(folder / administrator.CERTIFICATE),
        "client-key": str(folder / administrator.KEY),
    }
    result = bootstrap(variant(capped, user=user), "certificate")
    assert result.exit_code == 0, result.output
    assert "is valid for 1h0m0s" in result.stdout
    assert "client-certificate" not in held(cluster1, "certificate")["config"]


def test_exec_plugin(
    bootstrap: Callable[..., Any],
    variant: Callable[..., Path],
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    tmp_path: Path,
) -> None:
    token = yaml.safe_load(cluster2.kubeconfig.read_text())["users"][0]["user"]["token"]
    plugin = tmp_path / "plugin.py"
    plugin.write_text(
        "import json\n"
        "print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1',"
        f" 'kind': 'ExecCredential', 'status': {{'token': '{token}'}}}}))\n"
    )
    user = {
        "token": ...,
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [str(plugin)],
            "interactiveMode": "Never",
        },
    }
    assert bootstrap(variant(user=user), "plugin").exit_code == 0
    assert "exec" not in held(cluster1, "plugin")["config"]


def test_tls_server_name_carries_over_to_the_imports(
    bootstrap: Callable[..., Any],
    kubemcsa: Kubemcsa,
    variant: Callable[..., Path],
    cluster1: ControlPlane,
) -> None:
    source = variant(cluster={"tls-server-name": "kubernetes.default.svc"})
    assert bootstrap(source, "named").exit_code == 0
    result = kubemcsa("sync", "named", "-n", SYSTEM, contexts=[cluster1])
    assert result.exit_code == 0, result.output
    renewed = held(cluster1, secret_name(SYSTEM, "named"))
    cluster = yaml.safe_load(renewed["config"])["clusters"][0]["cluster"]
    assert cluster["tls-server-name"] == "kubernetes.default.svc"


def test_the_rights_of_the_original_are_taken_away(
    bootstrap: Callable[..., Any], cluster2: ControlPlane
) -> None:
    assert bootstrap(cluster2.kubeconfig, "original").exit_code == 0
    who = "system:serviceaccount:multicluster-service-account:original-target"
    may = cluster2.kubectl("auth", "can-i", "list", "secrets", f"--as={who}", check=False)
    assert may == "no\n"


def test_first_current_context_decides_as_in_kubectl(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane
) -> None:
    result = kubemcsa("bootstrap", contexts=[cluster1, cluster2])
    assert "both clusters are called cluster1" in result.stderr


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
