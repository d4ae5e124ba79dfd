"""`kubemcsa bootstrap` that prints what it would do, or leaves the target to somebody else."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from conftest import Kubemcsa
from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import first_credential
from mcsa_core.token import claims
from support.cluster import ControlPlane
from support.cluster.identities import SYSTEM, Identity
from support.cluster.introduction import address_remark
from support.cluster.loopback import free_ports
from support.cluster.reading import decoded, get

pytestmark = pytest.mark.cluster

Run = Callable[..., Result]
KINDS = (
    "namespaces,serviceaccounts,secrets,clusterroles,clusterrolebindings,roles,rolebindings,"
    "validatingadmissionpolicies,validatingadmissionpolicybindings"
)


def everything(*clusters: ControlPlane) -> Any:
    return [get(cluster, KINDS, "-A")["items"] for cluster in clusters]


def summary(objects: list[Any]) -> list[tuple[str, str, str | None]]:
    return [(o["kind"], o["metadata"]["name"], o["metadata"].get("namespace")) for o in objects]


@pytest.fixture
def bootstrap(kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane) -> Run:
    def run(*args: str) -> Result:
        return kubemcsa("bootstrap", *args, contexts=[cluster1, cluster2])

    return run


@pytest.fixture
def alone(kubemcsa: Kubemcsa, cluster2: ControlPlane) -> Run:
    """The source's administrator, who knows no other cluster."""

    def run(*args: str) -> Result:
        return kubemcsa("bootstrap", *args, contexts=[cluster2])

    return run


@pytest.mark.parametrize(("flags", "load"), [([], yaml.safe_load), (["-o=json"], json.loads)])
def test_dry_run(
    bootstrap: Run,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    introduced: None,
    monkeypatch: pytest.MonkeyPatch,
    flags: list[str],
    load: Any,
) -> None:
    def create(*_args: Any) -> None:
        raise AssertionError("no token is requested")

    monkeypatch.setattr(Cluster, "create", create)
    account = ("serviceaccount", "dry", "--dry-run=client", "-o=yaml")
    cluster2.kubectl("apply", "-f", "-", input=cluster2.kubectl("create", *account))
    names = ["cluster1", "cluster2", "--source-name=dry"]
    before = everything(cluster1, cluster2)
    scope = ["--source-namespace=default", "--service-account=default/dry", "--target-name=dry-t"]
    result = bootstrap(*names, *scope, "--dry-run", *flags)
    assert (result.exit_code, result.stderr) == (0, address_remark("cluster2", "dry-t") + "\n")
    shown = load(result.stdout)
    role = f"{SYSTEM}:dry-t"
    assert summary(shown["source"]["items"]) == [
        ("Namespace", SYSTEM, None),
        ("ValidatingAdmissionPolicy", "multicluster-service-account-tokens", None),
        ("ValidatingAdmissionPolicyBinding", "multicluster-service-account-tokens", None),
        ("ValidatingAdmissionPolicy", "multicluster-service-account-grants", None),
        ("ValidatingAdmissionPolicyBinding", "multicluster-service-account-grants", None),
        ("ServiceAccount", "dry-t", SYSTEM),
        ("Secret", f"{SYSTEM}.dry-t", SYSTEM),
        ("Secret", f"{SYSTEM}.dry-t", "default"),
        ("Role", role, SYSTEM),
        ("RoleBinding", role, SYSTEM),
        ("Role", role, "default"),
        ("RoleBinding", role, "default"),
    ]
    assert summary(shown["target"]["items"]) == [
        ("Namespace", SYSTEM, None),
        ("Secret", "dry", SYSTEM),
        ("ServiceAccountImport", "dry", SYSTEM),
    ]
    held = decoded(shown["target"]["items"][1])
    assert held["token"] == ""
    assert yaml.safe_load(held["config"])["users"][0]["user"]["token"] == ""
    assert held["server"] == cluster2.server
    assert "eyJ" not in result.output
    assert everything(cluster1, cluster2) == before
    for side, cluster in (("source", cluster2), ("target", cluster1)):
        apply = ("apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-")
        cluster.kubectl(*apply, input=json.dumps(shown[side]))


def test_what_is_applied_is_what_was_shown(bootstrap: Run, cluster2: ControlPlane) -> None:
    names = ["cluster1", "cluster2", "--source-name=shown", "--target-name=shown-t"]
    shown = json.loads(bootstrap(*names, "--dry-run", "-o=json").stdout)
    assert bootstrap(*names).exit_code == 0
    for one in shown["source"]["items"]:
        where = ["-n", one["metadata"].get("namespace", "default")]
        made = get(cluster2, one["kind"], one["metadata"]["name"], *where)
        for key in ("rules", "roleRef"):
            assert made.get(key) == one.get(key)


def test_dry_run_of_a_narrower_scope(
    bootstrap: Run, cluster1: ControlPlane, cluster2: ControlPlane
) -> None:
    names = ["cluster1", "cluster2", "--source-name=narrow", "--target-name=narrow-t"]
    assert bootstrap(*names).exit_code == 0
    before = everything(cluster1, cluster2)
    scope = ("--replace", "--source-namespace=default")
    result = bootstrap(*names, *scope, "--dry-run")
    assert result.stderr.splitlines() == [
        address_remark("cluster2", "narrow-t"),
        "cluster2: narrow-t may not import every service account but those named any more."
        " Its tokens of these are bound to no grant: they stay valid until they expire, after a"
        " year at most, unless their service accounts are made anew.",
        "cluster2: clusterrolebinding/narrow-t would be deleted",
    ]
    assert everything(cluster1, cluster2) == before


def test_target_manifests(
    alone: Run, cluster1: ControlPlane, cluster2: ControlPlane, kubemcsa: Kubemcsa, tmp_path: Path
) -> None:
    """The two administrators share nothing but a file, which only its owner can read."""
    file = tmp_path / "for-cluster1.yaml"
    file.write_text("an old one")
    file.chmod(0o644)
    flags = ["--target-name=apart-t", "--source-name=apart", "--source-namespace=default"]
    for _ in range(2):
        result = alone(*flags, f"--target-manifests={file}")
        assert result.exit_code == 0, result.output
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        documents = list(yaml.safe_load_all(file.read_text()))
        token = claims(decoded(documents[1])["token"])
        assert token is not None
        assert token.subject == f"system:serviceaccount:{SYSTEM}:apart-t"
        assert "eyJ" not in result.output
        said = (
            "apart-t can now import all service accounts of namespace default of apart, once"
            f" kubectl apply --server-side -f {file} has been run there. Its credential, which"
            f" {file} holds, is valid for 720h0m0s, until 20"
        )
        *applied, last = result.stdout.splitlines()
        assert all(line.startswith("cluster2: ") and " applied" in line for line in applied)
        assert last.startswith(said)
        assert file.read_text().startswith("# Holds a credential for apart, until 20")
        assert list(tmp_path.iterdir()) == [file]
        cluster1.kubectl("apply", "--server-side", "-f", str(file))
    who = Identity(cluster1, cluster2, "apart", tmp_path / "config")
    who.await_import(f"{SYSTEM}/apart-t")
    synced = kubemcsa("sync", "apart", "-n", SYSTEM, contexts=[cluster1])
    assert synced.exit_code == 0, synced.output
    # bootstrap knows it as its own, and so does whoever takes it back.
    both = ["cluster1", "cluster2", "--target-name=apart-t", "--source-name=apart"]
    assert kubemcsa("bootstrap", *both, contexts=[cluster1, cluster2]).exit_code == 0


def test_target_manifests_to_standard_output(alone: Run) -> None:
    result = alone("--target-name=out-t", "--source-name=out", "--target-manifests=-")
    assert result.exit_code == 0
    kinds = [document["kind"] for document in yaml.safe_load_all(result.stdout)]
    assert kinds == ["Namespace", "Secret", "ServiceAccountImport"]
    assert "cluster2: serviceaccount/out-t applied\n" in result.stderr
    assert "out-t can now import" in result.stderr
    assert "eyJ" not in result.stderr


def test_target_manifests_and_dry_run(alone: Run, cluster2: ControlPlane, tmp_path: Path) -> None:
    before = everything(cluster2)
    file = tmp_path / "file"
    result = alone("--target-name=x-t", f"--target-manifests={file}", "--dry-run")
    assert result.exit_code == 0
    assert len(yaml.safe_load(result.stdout)["target"]["items"]) == 3
    assert not file.exists()
    assert everything(cluster2) == before


def test_the_target_is_not_called(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane, tmp_path: Path
) -> None:
    config = yaml.safe_load(cluster1.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{free_ports(1)[0]}"
    config["clusters"][0]["name"] = config["contexts"][0]["context"]["cluster"] = "from-context"
    path = tmp_path / "gone"
    path.write_text(yaml.safe_dump(config))
    flags = [f"--source-kubeconfig={cluster2.kubeconfig}", "--target-manifests=-"]
    by_context = kubemcsa("bootstrap", f"--target-kubeconfig={path}", *flags, contexts=[])
    assert by_context.exit_code == 0, by_context.output
    assert "from-context can now import" in by_context.stderr


@pytest.mark.parametrize("broken", ["missing/file", ".", "made"])
def test_a_file_that_can_not_be_written(
    alone: Run, cluster2: ControlPlane, tmp_path: Path, broken: str
) -> None:
    """Nothing is done, and no token is requested, that would then be lost."""
    (tmp_path / "made").mkdir()
    before = everything(cluster2)
    path = tmp_path / broken
    result = alone("--target-name=never", f"--target-manifests={path}")
    assert result.exit_code == 1
    _, everything_may, error = result.stderr.splitlines()
    assert everything_may.startswith("cluster2: never may import every service account")
    assert error.startswith(f"Error: cannot write {path}: ")
    assert everything(cluster2) == before


def test_a_failure_leaves_the_file_as_it_was(
    alone: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any) -> None:
        raise ClusterError("context cluster2: no token.")

    monkeypatch.setattr(first_credential, "request_token", refuse)
    file = tmp_path / "file"
    file.write_text("before")
    result = alone("--target-name=brief", f"--target-manifests={file}")
    assert result.exit_code == 1
    assert result.stderr.endswith("\nError: context cluster2: no token.\n")
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target-manifests=-"], "takes the target's name: add --target-name."),
        (["--target-name=x", "-o=json"], "-o goes with --dry-run."),
        (["--target-name=x", "--dry-run", "-o=table"], "Invalid value for '-o'"),
        (["--target-name=default", "--target-manifests=-"], "the target's name can't be default"),
        (["--target-name=A_b", "--target-manifests=-"], "add --target-name a-b, for example."),
        (["--target-name=cluster2", "--target-manifests=-"], "both clusters are called cluster2"),
    ],
)
def test_usage_errors(alone: Run, cluster2: ControlPlane, arguments: list[str], said: str) -> None:
    before = everything(cluster2)
    result = alone(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert everything(cluster2) == before
