"""`kubemcsa bootstrap` under a name that another cluster is registered by, or another identity."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from conftest import Kubemcsa
from kubemcsa.introduction.objects import MANAGED_BY
from support.cluster import ControlPlane
from support.cluster.identities import SYSTEM
from support.cluster.reading import decoded, get

pytestmark = pytest.mark.cluster

LABEL = "".join(f"{key}={value}" for key, value in MANAGED_BY.items())
Run = Callable[..., Result]


@pytest.fixture
def run(kubemcsa: Kubemcsa, cluster1: ControlPlane) -> Run:
    """Introduces a source to cluster1."""

    def run(source: ControlPlane, source_name: str, *args: str) -> Result:
        contexts = ("--target-context=cluster1", f"--source-context={source.name}")
        name = f"--source-name={source_name}"
        return kubemcsa("bootstrap", *contexts, name, *args, contexts=[cluster1, source])

    return run


def registration(cluster1: ControlPlane, source_name: str) -> list[Any]:
    """The Secret and the import by which a source is registered."""
    return [get(cluster1, kind, "-n", SYSTEM, source_name) for kind in ("secret", "sai")]


def identities(source: ControlPlane) -> list[str]:
    found = get(source, "serviceaccounts", "-n", SYSTEM, "-l", LABEL)["items"]
    return [account["metadata"]["name"] for account in found]


def replaces(source_name: str) -> str:
    return (
        "kubectl --context cluster1 -n multicluster-service-account delete"
        f" serviceaccountimport,secret {source_name}"
    )


def test_another_cluster_of_that_name(
    run: Run, cluster1: ControlPlane, cluster2: ControlPlane, capped: ControlPlane
) -> None:
    """Each kubeadm cluster is called kubernetes."""
    assert run(cluster2, "kubernetes").exit_code == 0
    before = registration(cluster1, "kubernetes")
    result = run(capped, "kubernetes", "--target-name=late")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"Error: context cluster1: Secret {SYSTEM}/kubernetes registers {cluster2.server} by that"
        f" name, not {capped.server}: add --source-name kubernetes-2, for example, or, if it is to"
        f" be replaced, run {replaces('kubernetes')} first.\n",
    )
    assert registration(cluster1, "kubernetes") == before
    assert "late" not in identities(capped)
    cluster1.kubectl(*replaces("kubernetes").split()[3:])
    assert run(capped, "kubernetes").exit_code == 0
    assert decoded(registration(cluster1, "kubernetes")[0])["server"] == capped.server


def test_another_address(run: Run, cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    address = "https://cluster2.example:6443"
    assert run(cluster2, "addressed", f"--source-server={address}").exit_code == 0
    result = run(cluster2, "addressed")
    assert result.exit_code == 1
    assert (
        f"registers {address} by that name, not {cluster2.server}: add --source-server {address} to"
        " keep that address, add --source-name addressed-2, for example, or, if it is to be"
    ) in result.stderr
    assert run(cluster2, "addressed", f"--source-server={address}").exit_code == 0


def test_another_ca(
    run: Run, cluster1: ControlPlane, cluster2: ControlPlane, tmp_path: Any
) -> None:
    assert run(cluster2, "resigned").exit_code == 0
    before = registration(cluster1, "resigned")
    file = tmp_path / "ca.pem"
    file.write_text(cluster1.ca)
    result = run(cluster2, "resigned", f"--source-ca={file}")
    assert result.exit_code == 1
    assert (
        f"Secret {SYSTEM}/resigned registers {cluster2.server} with another CA: add"
        " --source-name resigned-2, for example, or, if it"
    ) in result.stderr
    assert registration(cluster1, "resigned") == before


def test_another_identity(run: Run, cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    assert run(cluster2, "renamed", "--target-name=first").exit_code == 0
    before = registration(cluster1, "renamed")
    result = run(cluster2, "renamed", "--target-name=second")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"Error: context cluster1: ServiceAccountImport {SYSTEM}/renamed imports"
        f" {SYSTEM}/first of cluster renamed, not {SYSTEM}/second of cluster renamed: add"
        " --source-name renamed-2, for example, or --target-name first, as at first, or, if it is"
        f" to be replaced, run {replaces('renamed')} first.\n",
    )
    assert registration(cluster1, "renamed") == before
    assert "second" not in identities(cluster2)
    assert run(cluster2, "renamed", "--target-name=first").exit_code == 0


def test_repair_and_renewal(run: Run, cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    """What is lost of the registration comes back, as long as nothing contradicts."""
    assert run(cluster2, "repaired").exit_code == 0
    before = decoded(registration(cluster1, "repaired")[0])
    partial = '{"data": {"config": null, "namespace": null, "token": null}}'
    cluster1.kubectl("patch", "secret", "-n", SYSTEM, "repaired", "--type=merge", "-p", partial)
    assert run(cluster2, "repaired").exit_code == 0
    after = decoded(registration(cluster1, "repaired")[0])
    assert after["token"] != before["token"]
    variable = {"token": "", "config": ""}
    assert after | variable == before | variable
    empty = '{"data": null}'
    cluster1.kubectl("patch", "secret", "-n", SYSTEM, "repaired", "--type=merge", "-p", empty)
    assert run(cluster2, "repaired").exit_code == 0
    assert decoded(registration(cluster1, "repaired")[0])["server"] == cluster2.server
