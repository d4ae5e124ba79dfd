"""`kubemcsa bootstrap --replace --revoke`, and grants that were deleted or belong to others."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from conftest import Kubemcsa
from mcsa_core.names import grant_name
from support.cluster import ControlPlane
from support.cluster.api_client import session
from support.cluster.identities import SYSTEM
from support.cluster.reading import get
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

Run = Callable[..., Result]
KINDS = "namespaces,serviceaccounts,secrets,clusterrolebindings,roles,rolebindings"


@pytest.fixture
def spaces(cluster2: ControlPlane, namespace: str) -> tuple[str, str]:
    """Two namespaces of the source with two accounts each."""
    other = f"{namespace}-b"
    cluster2.kubectl("create", "namespace", other)
    for space in (namespace, other):
        for name in ("lister", "writer"):
            cluster2.kubectl("create", "serviceaccount", "-n", space, name)
    return namespace, other


@pytest.fixture
def bootstrap(kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane) -> Run:
    def run(name: str, *args: str, exit_code: int = 0) -> Result:
        names = (f"--target-name=revoke-{name}-t", f"--source-name=revoke-{name}")
        contexts = [cluster1, cluster2]
        result = kubemcsa("bootstrap", "cluster1", "cluster2", *names, *args, contexts=contexts)
        assert result.exit_code == exit_code, result.output
        return result

    return run


def token(source: ControlPlane, name: str, namespace: str, account: str) -> Callable[[], bool]:
    """Whether the source accepts a token that is bound to the grant, as the hooks' are."""
    grant = f"--bound-object-name={grant_name(f'revoke-{name}-t')}"
    create = ("create", "token", account, "-n", namespace, "--bound-object-kind=Secret", grant)
    http = session(str(source.ca_file), source.kubectl(*create).strip())
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = f"{source.server}/apis/authentication.k8s.io/v1/selfsubjectreviews"
    return lambda: http.post(path, json=review, timeout=30).status_code == 201


def test_what_is_taken_away_ends_at_once(
    bootstrap: Run, cluster2: ControlPlane, spaces: tuple[str, str]
) -> None:
    space, other = spaces
    both = [f"--service-account={space}/{name}" for name in ("lister", "writer")]
    bootstrap("ends", *both, f"--source-namespace={other}", "--source-namespace=default")
    cluster2.kubectl("create", "serviceaccount", "-n", "default", "stays")
    stays = token(cluster2, "ends", "default", "stays")
    tokens = [token(cluster2, "ends", space, "lister"), token(cluster2, "ends", other, "writer")]
    kept = "--source-namespace=default"
    result = bootstrap("ends", "--replace", "--revoke", both[0], kept)
    grant = f"secret/{SYSTEM}.revoke-ends-t in namespace"
    assert result.stderr.splitlines()[1] == (
        f"cluster2: revoke-ends-t may not import service account {space}/writer, all service"
        f" accounts of namespace {other} any more. Its tokens of these end within 10 seconds. So"
        f" do those of its other imports of namespace {space}, which get new ones within about 5"
        " minutes."
    )
    lines = result.stdout.splitlines()
    assert sorted(lines[:2]) == sorted(
        f"cluster2: {grant} {one} deleted: tokens bound to it end within 10 s" for one in spaces
    )
    assert lines.index(f"cluster2: {grant} {space} applied") > lines.index(
        f"cluster2: role/{SYSTEM}:revoke-ends-t in namespace {other} deleted"
    )
    until(lambda: not any(is_accepted() for is_accepted in tokens), seconds=30)
    assert stays()
    assert token(cluster2, "ends", space, "lister")()


def test_without_revoke_tokens_stay_until_a_later_run_ends_them(
    bootstrap: Run, cluster2: ControlPlane, spaces: tuple[str, str]
) -> None:
    space, other = spaces
    bootstrap("later", f"--source-namespace={space}", f"--source-namespace={other}")
    is_accepted = token(cluster2, "later", other, "writer")
    scope = ("--replace", f"--source-namespace={space}")
    bootstrap("later", *scope)
    assert is_accepted()
    assert get(cluster2, "secret", "-n", other, f"{SYSTEM}.revoke-later-t")
    bootstrap("later", *scope, "--revoke")
    until(lambda: not is_accepted(), seconds=30)


def test_a_grant_with_a_finalizer(
    bootstrap: Run, cluster2: ControlPlane, spaces: tuple[str, str]
) -> None:
    """Its tokens would live for a minute more, and it for ever."""
    scope = [f"--source-namespace={one}" for one in spaces]
    bootstrap("final", *scope)
    patch = json.dumps({"metadata": {"finalizers": ["example.com/forever"]}})
    grants = [("secret", "-n", one, f"{SYSTEM}.revoke-final-t") for one in spaces]
    for grant in grants:
        cluster2.kubectl("patch", *grant, "--type=merge", "-p", patch)
    cluster2.kubectl("delete", *grants[0], "--wait=false")
    result = bootstrap("final", "--replace", "--revoke", scope[0])
    assert not cluster2.kubectl("get", *grants[1], check=False)
    assert (
        "created anew: if its deletion was to revoke tokens, revoke-final-t gets" in result.stdout
    )
    metadata = get(cluster2, *grants[0])["metadata"]
    assert not {"deletionTimestamp", "finalizers"} & metadata.keys()


def test_a_grant_that_was_deleted_is_named(
    bootstrap: Run, cluster2: ControlPlane, spaces: tuple[str, str]
) -> None:
    space, _ = spaces
    first = bootstrap("named", f"--source-namespace={space}")
    assert "anew" not in first.stdout
    fields = f"--field-selector=metadata.name={SYSTEM}.revoke-named-t"
    cluster2.kubectl("delete", "secret", "-A", fields)
    anew = "created anew: if its deletion was to revoke tokens, revoke-named-t gets new ones now"
    lines = bootstrap("named").stdout.splitlines()
    assert [line for line in lines if "anew" in line] == [
        f"cluster2: secret/{SYSTEM}.revoke-named-t {anew}",
        f"cluster2: secret/{SYSTEM}.revoke-named-t in namespace {space} {anew}",
    ]
    assert "anew" not in bootstrap("named").stdout


def test_a_grant_without_a_label_gets_it_back(
    bootstrap: Run, cluster2: ControlPlane, spaces: tuple[str, str]
) -> None:
    grant = ("secret", "-n", spaces[0], f"{SYSTEM}.revoke-unlabelled-t")
    bootstrap("unlabelled", f"--source-namespace={spaces[0]}")
    before = get(cluster2, *grant)["metadata"]
    cluster2.kubectl("label", *grant, "app.kubernetes.io/managed-by-")
    bootstrap("unlabelled")
    after = get(cluster2, *grant)["metadata"]
    assert [after[key] for key in ("uid", "labels")] == [before[key] for key in ("uid", "labels")]


def everything(source: ControlPlane) -> Any:
    return get(source, KINDS, "-A")["items"]


@pytest.mark.parametrize("where", ["scope", SYSTEM])
def test_a_secret_of_others(
    bootstrap: Run,
    introduced: None,
    cluster2: ControlPlane,
    spaces: tuple[str, str],
    where: str,
) -> None:
    space = spaces[0] if where == "scope" else where
    secret = f"{SYSTEM}.revoke-others-t"
    cluster2.kubectl("create", "secret", "generic", secret, "-n", space)
    before = everything(cluster2)
    result = bootstrap("others", f"--source-namespace={spaces[0]}", exit_code=1)
    in_namespace = f" in namespace {space}" if space != SYSTEM else ""
    assert result.stderr == (
        f"Error: context cluster2: secret/{secret}{in_namespace} exists and was not made by"
        " kubemcsa: add --target-name revoke-others-t-target, for example.\n"
    )
    assert everything(cluster2) == before
    cluster2.kubectl("delete", "secret", secret, "-n", space)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--replace"], "--replace takes away all that is not named: add --service-account or"),
        (["--replace", "--all-service-accounts"], "--replace goes with named accounts, not"),
        (["--revoke", "--source-namespace=default"], "--revoke goes with --replace."),
        (["--revoke"], "--revoke goes with --replace."),
        (["--all-service-accounts", "--source-namespace=default"], "goes without --service-acc"),
    ],
)
def test_usage_errors(
    bootstrap: Run, introduced: None, cluster2: ControlPlane, args: list[str], message: str
) -> None:
    before = everything(cluster2)
    assert message in bootstrap("usage", *args, exit_code=2).stderr
    assert everything(cluster2) == before
