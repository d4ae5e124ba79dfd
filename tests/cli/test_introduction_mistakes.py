"""Mistakes at `kubemcsa bootstrap` and `kubemcsa unbootstrap`, and what is said, word for word."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from conftest import Kubemcsa
from support.cluster import ControlPlane
from support.cluster.identities import SYSTEM
from support.cluster.introduction import address_remark
from support.cluster.reading import get

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("introduced")]

Run = Callable[..., Result]
KINDS = "namespaces,serviceaccounts,secrets,roles,rolebindings,clusterrolebindings"
PROJECT = "gke_project-1_europe-west1-b_"
ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/"
LEGAL = "is not a DNS-1123 subdomain of at most 63 characters (lower-case letters, digits, - and .)"


@pytest.fixture
def run(kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane) -> Run:
    return lambda *args: kubemcsa(*args, contexts=[cluster1, cluster2])


@pytest.fixture
def world(cluster1: ControlPlane, cluster2: ControlPlane) -> Callable[[], Any]:
    """The names of all objects of both clusters."""
    return lambda: [
        (body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"])
        for cluster in (cluster1, cluster2)
        for body in get(cluster, KINDS, "-A")["items"]
    ]


BOOTSTRAP = [
    ("cluster1", "name both contexts, first the target's, where the pods run."),
    (
        "cluster1 cluster2 --target-context=cluster1",
        "name the contexts as arguments or as options, not both.",
    ),
    (
        "cluster1 cluster1",
        "both clusters are called cluster1: name two contexts, first the target's, where the"
        " pods run, or add --source-name"
        " cluster1-source, for example.",
    ),
    (
        "cluster1 cluster2 --target-name=default",
        "the target's name can't be default, which is the name of a service account in every"
        " namespace: add --target-name cluster, for example.",
    ),
    (
        "cluster1 cluster2 --source-name=Cluster_2",
        f"the source's name 'Cluster_2' {LEGAL}: add --source-name cluster-2, for example.",
    ),
    (
        "cluster1 cluster2 --credential-duration=5m",
        "Invalid value for '--credential-duration': '5m' is shorter than 10m0s, which is the least"
        " there is.",
    ),
    (
        "cluster1 cluster2 --credential-duration=9000h",
        "Invalid value for '--credential-duration': '9000h' is longer than 8760h0m0s, which is the"
        " most there is.",
    ),
    (
        "cluster1 cluster2 --credential-duration=30d",
        "Invalid value for '--credential-duration': '30d' is not a duration such as 720h or 1h30m.",
    ),
    (
        "cluster1 cluster2 --source-server=http://10.0.0.1:6443",
        "cluster cluster2 with --source-server http://10.0.0.1:6443 can't be called by other"
        " clusters: its server is not an https URL; correct it.",
    ),
    (
        "cluster1 cluster2 --source-ca=/none.pem",
        "cannot read the CA /none.pem (No such file or directory): correct the path, or put the"
        " file there.",
    ),
    (
        "cluster1 cluster2 --source-ca=/etc/hostname",
        "cluster cluster2 with --source-ca /etc/hostname can't be called by other clusters: its"
        " certificate-authority-data holds no PEM certificate; correct it.",
    ),
    (
        "cluster1 cluster2 --service-account=pod-lister",
        "Invalid value for '--service-account': 'pod-lister' is not the namespace and name of a"
        " service account, such as default/pod-lister.",
    ),
    (
        "cluster1 cluster2 --source-namespace=kube-system",
        "Invalid value for '--source-namespace': 'kube-system' can't be imported from: no cluster"
        f" ever gets a token of kube-* namespaces or of {SYSTEM}.",
    ),
    (
        "cluster1 cluster2 --replace",
        "--replace takes away all that is not named: add --service-account or --source-namespace.",
    ),
    ("cluster1 cluster2 --revoke", "--revoke goes with --replace."),
    ("cluster1 cluster2 -o json", "-o goes with --dry-run."),
    (
        "--source-context=cluster2 --target-manifests=-",
        "--target-manifests takes the target's name: add --target-name.",
    ),
    (
        f"cluster1 cluster2 --never-expiring-fallback --target-name={'x' * 50}",
        "--never-expiring-fallback takes a target's name of at most 48 characters: add"
        f" --target-name {'x' * 48}, for example.",
    ),
]
UNBOOTSTRAP = [
    ("", "name the clusters, or one of them: add --target-context or --source-context."),
    ("cluster2", "name both contexts, first the target's, where the pods run."),
    (
        "cluster1 cluster2 --target-name=A_b --source-name=C_d",
        f"the target's name 'A_b' {LEGAL.replace('63', '253')}, and the source's name 'C_d'"
        f" {LEGAL}: add --target-name a-b --source-name c-d, for example.",
    ),
]


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        *(("bootstrap", *mistake) for mistake in BOOTSTRAP),
        *(("unbootstrap", *mistake) for mistake in UNBOOTSTRAP),
    ],
)
def test_what_can_not_be_meant(
    run: Run, world: Callable[[], Any], command: str, arguments: str, sentence: str
) -> None:
    before = world()
    result = run(command, *arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == f"Error: {sentence}"
    assert world() == before


def test_a_ca_that_is_no_certificate(run: Run, world: Callable[[], Any], tmp_path: Path) -> None:
    before = world()
    file = tmp_path / "ca.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    result = run("bootstrap", *names("bad-ca"), f"--source-ca={file}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1] == (
        f"Error: cluster cluster2 with --source-ca {file} can't be called by other clusters: its CA"
        " holds no certificate that can be read; correct it."
    )
    assert world() == before


@pytest.fixture
def named(
    cluster1: ControlPlane, cluster2: ControlPlane, tmp_path: Path
) -> Callable[[str, str], list[str]]:
    """The options for both clusters, by kubeconfigs that call them so."""

    def options(*names: str) -> list[str]:
        flags = []
        for side, cluster, name in zip(
            ("target", "source"), (cluster1, cluster2), names, strict=True
        ):
            config = yaml.safe_load(cluster.kubeconfig.read_text())
            config["clusters"][0]["name"] = config["contexts"][0]["context"]["cluster"] = name
            path = tmp_path / side
            path.write_text(yaml.safe_dump(config))
            flags.append(f"--{side}-kubeconfig={path}")
        return flags

    return options


@pytest.mark.parametrize(
    ("target", "source", "legal"),
    [
        (f"{PROJECT}one", f"{PROJECT}two", "gke-project-1-europe-west1-b-"),
        (f"{ARN}one", f"{ARN}two", "arn-aws-eks-eu-west-1-123456789012-cluster-"),
    ],
)
def test_names_of_clouds(
    run: Run, named: Callable[..., list[str]], target: str, source: str, legal: str
) -> None:
    """One run proposes both flags, and these are good."""
    flags = named(target, source)
    result = run("bootstrap", *flags)
    proposed = f"--target-name {legal}one --source-name {legal}two"
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        f"Error: the target's name {target!r} {LEGAL}, and the source's name {source!r} {LEGAL}:"
        f" add {proposed}, for example."
    )
    taken = run("bootstrap", *flags, *proposed.split())
    assert taken.exit_code == 0, taken.output
    assert taken.stdout.splitlines()[-1].endswith(
        f" Imports in {legal}one say clusterName: {legal}two."
    )


def test_names_that_become_the_same(run: Run, named: Callable[..., list[str]]) -> None:
    result = run("bootstrap", *named("a_b", "a-b"), "--dry-run")
    assert result.stderr.splitlines()[-1] == (
        f"Error: the target's name 'a_b' {LEGAL}: add --target-name a-b --source-name a-b-source,"
        " for example."
    )


def names(name: str) -> list[str]:
    return ["cluster1", "cluster2", f"--target-name={name}-t", f"--source-name={name}"]


def command(name: str) -> str:
    """How messages name both clusters."""
    return (
        f"kubemcsa bootstrap --target-context cluster1 --target-name {name}-t --source-context"
        f" cluster2 --source-name {name}"
    )


def test_an_account_that_does_not_exist(run: Run, cluster2: ControlPlane, namespace: str) -> None:
    mistyped = f"--service-account={namespace}/pod-listr"
    result = run("bootstrap", *names("typo-account"), mistyped)
    assert result.exit_code == 0
    create = f"kubectl --context cluster2 -n {namespace} create serviceaccount pod-listr"
    assert result.stderr.splitlines() == [
        address_remark("cluster2", "typo-account-t"),
        f"cluster2: there is no service account {namespace}/pod-listr yet: run {create}, or correct"
        " --service-account.",
    ]
    cluster2.kubectl(*create.split()[3:])
    assert "pod-listr" not in run("bootstrap", *names("typo-account"), mistyped).stderr


def test_a_namespace_that_does_not_exist(run: Run, world: Callable[[], Any]) -> None:
    before = world()
    for scope in ("--source-namespace=defualt", "--service-account=defualt/pod-lister"):
        result = run("bootstrap", *names("typo-namespace"), scope)
        assert (result.exit_code, result.stdout, result.stderr) == (
            1,
            "",
            "Error: context cluster2: there is no namespace defualt: run kubectl --context cluster2"
            " create namespace defualt first, or correct --service-account and"
            " --source-namespace.\n",
        )
    assert world() == before


def test_swapped(run: Run, world: Callable[[], Any]) -> None:
    before = world()
    account = "--service-account=default/pod-lister"
    result = run("bootstrap", "cluster2", "cluster1", account)
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "Error: context cluster2: the cluster does not know ServiceAccountImports, but that of"
        " context cluster1 does: are the two swapped? If so, run kubemcsa bootstrap"
        " --target-context cluster1 --source-context cluster2 --service-account"
        " default/pod-lister, else install multicluster-service-account there first, or at least"
        " run kubectl --context cluster2 apply -f deploy/crd.yaml.\n",
    )
    assert world() == before


def test_no_crd(run: Run, cluster2: ControlPlane) -> None:
    """The kubeconfig is part of what is to be pasted."""
    path = cluster2.kubeconfig
    flags = [f"--target-kubeconfig={path}", f"--source-kubeconfig={path}", "--target-name=other"]
    result = run("bootstrap", *flags)
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "Error: context cluster2: the cluster does not know ServiceAccountImports: install"
        " multicluster-service-account there first, or at least run kubectl --kubeconfig"
        f" {path} --context cluster2 apply -f deploy/crd.yaml.\n",
    )


def test_a_namespace_of_the_target(
    run: Run, cluster1: ControlPlane, world: Callable[[], Any]
) -> None:
    cluster1.kubectl("create", "namespace", "only-in-target")
    before = world()
    result = run("bootstrap", *names("swapped-space"), "--source-namespace=only-in-target")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        "Error: context cluster2: there is no namespace only-in-target, but in context cluster1"
        " there is: are the two swapped? If so, run kubemcsa bootstrap --target-context cluster2"
        " --source-context cluster1 --source-namespace only-in-target, else run kubectl --context"
        " cluster2 create namespace only-in-target first, or correct --service-account and"
        " --source-namespace.\n",
    )
    assert world() == before


def test_an_account_of_the_target(run: Run, cluster1: ControlPlane, namespace: str) -> None:
    cluster1.kubectl("create", "serviceaccount", "-n", namespace, "a")
    result = run("bootstrap", *names("swapped-account"), f"--service-account={namespace}/a")
    assert (result.exit_code, result.stdout, result.stderr) == (
        1,
        "",
        f"Error: context cluster2: there is no service account {namespace}/a, but in context"
        " cluster1 there is: are the two swapped? If so, run kubemcsa bootstrap --target-context"
        f" cluster2 --source-context cluster1 --service-account {namespace}/a, else run kubectl"
        f" --context cluster2 -n {namespace} create serviceaccount a first, or correct"
        " --service-account.\n",
    )


def test_the_address_of_a_kind_cluster(run: Run, named: Callable[..., list[str]]) -> None:
    flags = [*named("kind-one", "kind-two"), "--source-namespace=default", "--dry-run"]
    assert run("bootstrap", *flags).stderr == (
        "cluster2: the address of its API server, 127.0.0.1, is good on this machine only: add"
        " --source-server https://two-control-plane:6443, by which pods of other kind clusters"
        " reach it.\n"
    )
    server = "--source-server=https://two-control-plane:6443"
    assert run("bootstrap", *flags, server).stderr == ""


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("localhost", True),
        ("0.0.0.0", True),
        ("127.8.8.8", True),
        ("[::1]", True),
        ("host.docker.internal", True),
        ("kubernetes.docker.internal", True),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
    ],
)
def test_addresses_of_this_machine(run: Run, host: str, is_own: bool) -> None:
    flags = ["--source-namespace=default", f"--source-server=https://{host}:6443", "--dry-run"]
    said = run("bootstrap", *names("address"), *flags).stderr
    address = address_remark("cluster2", "address-t").replace("127.0.0.1", host.strip("[]"))
    assert said == (f"{address}\n" if is_own else "")


def test_everything_is_limited_by_the_command_that_is_named(run: Run) -> None:
    result = run("bootstrap", *names("wide-mistake"))
    assert result.stderr.splitlines()[1] == (
        "cluster2: wide-mistake-t may import every service account of wide-mistake, which is close"
        " to being cluster-admin there, with tokens that are bound to no grant: to limit it, run"
        f" {command('wide-mistake')} --replace --service-account NAMESPACE/NAME."
    )


def test_the_wrong_names_are_taken_back(run: Run, world: Callable[[], Any]) -> None:
    assert run("bootstrap", *names("typo-name"), "--source-namespace=default").exit_code == 0
    before = world()
    result = run(
        "unbootstrap", "cluster1", "cluster2", "--target-name=typo-nam-t", "--source-name=typo-nam"
    )
    assert (result.exit_code, result.stdout) == (0, "")
    lines = result.stderr.splitlines()
    assert lines[0].startswith("cluster2: typo-nam-t is no target of this cluster, but ")
    assert lines[0].endswith(": correct --target-name if that is meant.")
    assert lines[-3].startswith("cluster1: typo-nam is no source of this cluster, but ")
    assert lines[-3].endswith(": correct --source-name if that is meant.")
    assert lines[-1] == "There is nothing to take back."
    assert world() == before


def test_unbootstrap_of_swapped_clusters(run: Run, world: Callable[[], Any]) -> None:
    before = world()
    result = run("unbootstrap", "cluster2", "cluster1", "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines()[-1] == (
        "There is nothing to take back, but in context cluster1 cluster2 is registered: are the two"
        " swapped? Then run kubemcsa unbootstrap --target-context cluster1 --source-context"
        " cluster2."
    )
    assert world() == before


@pytest.mark.parametrize(
    ("arguments", "start", "flag"),
    [
        ("--source-context=cluster2", "which target is it? Add ", "--target-name cluster1"),
        ("--target-context=cluster1", "which source is it? Add ", "--source-name cluster2"),
        ("--target-context=cluster2", "which source is it? Add --source-name, as it was at", ""),
    ],
)
def test_unbootstrap_without_the_name_of_the_other(
    run: Run, arguments: str, start: str, flag: str
) -> None:
    result = run("unbootstrap", arguments)
    assert result.exit_code == 2
    error = result.stderr.splitlines()[-1]
    assert error.startswith(f"Error: {start}")
    assert flag in error


def test_unbootstrap_in_a_script(run: Run) -> None:
    assert run("bootstrap", *names("script"), "--source-namespace=default").exit_code == 0
    result = run("unbootstrap", *names("script"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1] == (
        "Error: nothing was deleted, as standard input is no terminal: add --yes."
    )
