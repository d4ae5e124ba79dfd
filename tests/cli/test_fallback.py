"""`kubemcsa bootstrap --never-expiring-fallback`: a credential for outages of any length."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from conftest import Kubemcsa
from mcsa_core.token import claims
from support.cluster import ControlPlane
from support.cluster.identities import SYSTEM
from support.cluster.reading import decoded, get
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

OPTION = "--never-expiring-fallback"
SCOPE = "--source-namespace=default"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A cluster whose token controller runs."""
    folder = tmp_path_factory.mktemp("source")
    with ControlPlane("source", folder, controller_manager=True) as cluster:
        yield cluster


@pytest.fixture
def bootstrap(kubemcsa: Kubemcsa, cluster1: ControlPlane, source: ControlPlane) -> Run:
    """Introduces the source to a target."""

    def run(name: str, *args: str, exit_code: int = 0) -> Result:
        names = (f"--target-name={name}-t", f"--source-name={name}")
        contexts = [cluster1, source]
        result = kubemcsa("bootstrap", "cluster1", "source", *names, *args, contexts=contexts)
        assert result.exit_code == exit_code, result.output
        return result

    return run


def registered(target: ControlPlane, name: str) -> dict[str, str]:
    return decoded(get(target, "secret", "-n", SYSTEM, name))


def username(source: ControlPlane, token: str) -> str:
    whoami = ("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")
    config = yaml.safe_load(source.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": token}
    path = source.kubeconfig.parent / "with-token"
    path.write_text(yaml.safe_dump(config))
    return source.kubectl(f"--kubeconfig={path}", *whoami, check=False)


def test_it_is_the_first_credential_and_stays(
    bootstrap: Run, cluster1: ControlPlane, source: ControlPlane
) -> None:
    result = bootstrap("fall", OPTION, SCOPE)
    assert result.stdout.splitlines()[-1] == (
        "fall-t can now import all service accounts of namespace default of fall. Its credential"
        " never expires. Imports in fall-t say clusterName: fall."
    )
    credential = registered(cluster1, "fall")
    token = credential["token"]
    assert claims(token) is None, "a token without an end"
    assert username(source, token) == f"system:serviceaccount:{SYSTEM}:fall-t"
    assert credential["grant"] == f"{SYSTEM}.fall-t"
    secret = get(source, "secret", "-n", SYSTEM, "fall-t-never-expiring")
    assert decoded(secret)["token"] == token
    assert token not in result.output

    bootstrap("fall")
    assert registered(cluster1, "fall") == credential
    again = get(source, "secret", "-n", SYSTEM, "fall-t-never-expiring")
    assert again["metadata"]["uid"] == secret["metadata"]["uid"]

    # Without limits no token is bound, and so the credential names no grant.
    bootstrap("fall", "--all-service-accounts")
    assert registered(cluster1, "fall") == {
        key: value for key, value in credential.items() if key != "grant"
    }
    bootstrap("fall", "--replace", SCOPE)
    assert registered(cluster1, "fall") == credential


def test_it_ends_with_the_identity(
    bootstrap: Run, cluster1: ControlPlane, source: ControlPlane
) -> None:
    bootstrap("ended", OPTION, SCOPE)
    token = registered(cluster1, "ended")["token"]
    source.kubectl("delete", "serviceaccount", "-n", SYSTEM, "ended-t")
    until(lambda: not username(source, token))
    result = bootstrap("ended")
    assert "is valid for 720h0m0s" in result.stdout
    assert "grant" not in registered(cluster1, "ended")
    fallback = ("get", "secret", "-n", SYSTEM, "ended-t-never-expiring")
    until(lambda: not source.kubectl(*fallback, check=False))
    bootstrap("ended", OPTION)
    assert username(source, registered(cluster1, "ended")["token"])


def test_dry_run(bootstrap: Run) -> None:
    shown = yaml.safe_load(bootstrap("dry", OPTION, SCOPE, "--dry-run").stdout)
    [fallback] = [
        body
        for body in shown["source"]["items"]
        if body["metadata"]["name"] == "dry-t-never-expiring"
    ]
    assert fallback["type"] == "kubernetes.io/service-account-token"
    assert "data" not in fallback
    [credential] = [body for body in shown["target"]["items"] if body["kind"] == "Secret"]
    assert decoded(credential)["token"] == ""
    assert decoded(credential)["grant"] == f"{SYSTEM}.dry-t"


def test_target_manifests(bootstrap: Run, cluster1: ControlPlane, tmp_path: Path) -> None:
    file = tmp_path / "for-cluster1.yaml"
    result = bootstrap("file", OPTION, SCOPE, f"--target-manifests={file}")
    assert f" Its credential, which {file} holds, never expires. Imports in " in result.stdout
    assert file.read_text().startswith("# Holds a credential for file, which never expires: keep ")
    cluster1.kubectl("apply", "--server-side", "-f", str(file))
    assert registered(cluster1, "file")["grant"] == f"{SYSTEM}.file-t"


def test_a_name_that_is_too_long(bootstrap: Run, source: ControlPlane) -> None:
    result = bootstrap(f"{'x' * 47}", OPTION, exit_code=2)
    assert (
        "--never-expiring-fallback takes a target's name of at most 48 characters: add"
        f" --target-name {'x' * 46}-t, for example.\n"
    ) in result.stderr
    assert bootstrap(f"{'x' * 46}", OPTION).exit_code == 0


@pytest.mark.parametrize("label", ["", "app.kubernetes.io/managed-by=kubemcsa"])
def test_a_secret_of_others(bootstrap: Run, source: ControlPlane, label: str) -> None:
    name = f"others{len(label)}"
    secret = ("secret", f"{name}-t-never-expiring", "-n", SYSTEM)
    source.kubectl("create", "namespace", SYSTEM, check=False)
    source.kubectl("create", "secret", "generic", *secret[1:])
    if label:
        source.kubectl("label", *secret, label)
    result = bootstrap(name, OPTION, exit_code=1)
    assert f"secret/{name}-t-never-expiring exists and was not made by kubemcsa" in result.stderr
    accounts = get(source, "serviceaccounts", "-n", SYSTEM)["items"]
    assert f"{name}-t" not in [account["metadata"]["name"] for account in accounts]
