"""Who may import what after `kubemcsa bootstrap`, by real requests of the identities themselves."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from conftest import Kubemcsa
from kubemcsa.api.cluster import Cluster
from support.cluster import ControlPlane
from support.cluster.identities import SYSTEM, Identity
from support.cluster.introduction import address_remark
from support.cluster.reading import get
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

Bootstrap = Callable[..., Result]
RBAC = "clusterrolebindings,rolebindings,roles"


@pytest.fixture
def accounts(cluster2: ControlPlane, namespace: str) -> str:
    """A namespace with two service accounts in the source, and another one beside it."""
    other = f"{namespace}-b"
    cluster2.kubectl("create", "namespace", other)
    for where in (namespace, other):
        for name in ("lister", "writer"):
            cluster2.kubectl("create", "serviceaccount", "-n", where, name)
    return namespace


@pytest.fixture
def bootstrap(kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane) -> Bootstrap:
    def run(name: str, *scope: str) -> Result:
        names = (f"--target-name={name}-t", f"--source-name={name}")
        clusters = [cluster1, cluster2]
        return kubemcsa("bootstrap", "cluster1", "cluster2", *names, *scope, contexts=clusters)

    return run


@pytest.fixture
def identity(
    bootstrap: Bootstrap, cluster1: ControlPlane, cluster2: ControlPlane, tmp_path: Path
) -> Callable[..., Identity]:
    """The identity of a target, introduced with a scope."""

    def introduce(name: str, *scope: str) -> Identity:
        result = bootstrap(name, *scope)
        assert result.exit_code == 0, result.output
        return Identity(cluster1, cluster2, name, tmp_path / name)

    return introduce


def rights(cluster2: ControlPlane, name: str) -> set[tuple[str, str, str]]:
    """Kind, namespace and name of all that gives rights to a target."""
    found = set()
    for one in get(cluster2, RBAC, "-A")["items"]:
        metadata = one["metadata"]
        if metadata["name"] in (f"{name}-t", f"{SYSTEM}:{name}-t"):
            found.add((one["kind"], metadata.get("namespace", ""), metadata["name"]))
    return found


def expected(name: str, *namespaces: str) -> set[tuple[str, str, str]]:
    return {
        (kind, namespace, f"{SYSTEM}:{name}-t")
        for kind in ("Role", "RoleBinding")
        for namespace in (SYSTEM, *namespaces)
    }


def test_a_single_service_account(
    identity: Callable[..., Identity], cluster2: ControlPlane, accounts: str
) -> None:
    who = identity("single", f"--service-account={accounts}/lister")
    assert rights(cluster2, "single") == expected("single", accounts)
    who.await_import(f"{accounts}/lister")
    who.await_import(f"{SYSTEM}/single-t")
    cluster2.kubectl("create", "serviceaccount", "-n", SYSTEM, "neighbour")
    for neighbour in (
        f"{accounts}/writer",
        f"{accounts}-b/lister",
        "kube-system/default",
        f"{SYSTEM}/neighbour",
    ):
        who.await_refusal(neighbour)
    for namespace in (accounts, SYSTEM, "default", "kube-system"):
        for kind in ("secrets", "serviceaccounts", "pods", "configmaps", "roles"):
            assert who.refusal("get", kind, "-n", namespace)
        assert who.refusal("create", "serviceaccount", "new", "-n", namespace)
    assert who.refusal("get", "secrets", "-A")
    assert who.refusal("get", "namespaces")
    assert who.refusal("delete", "serviceaccount", "lister", "-n", accounts)


def test_a_namespace(
    identity: Callable[..., Identity], cluster2: ControlPlane, accounts: str
) -> None:
    who = identity("space", f"--source-namespace={accounts}")
    assert rights(cluster2, "space") == expected("space", accounts)
    for name in ("lister", "writer"):
        who.await_import(f"{accounts}/{name}")
    who.await_import(f"{SYSTEM}/space-t")
    who.await_refusal(f"{accounts}-b/lister")
    who.await_refusal("kube-system/default")
    assert who.refusal("get", "secrets", "-n", accounts)


def test_everything(
    identity: Callable[..., Identity], cluster2: ControlPlane, accounts: str
) -> None:
    who = identity("wide")
    assert rights(cluster2, "wide") == {("ClusterRoleBinding", "", "wide-t")}
    who.await_import(f"{accounts}-b/writer")
    who.await_import(f"{SYSTEM}/wide-t")
    cluster2.kubectl("create", "serviceaccount", "-n", SYSTEM, "wide-neighbour")
    for namespace, name in (("kube-system", "default"), (SYSTEM, "wide-neighbour")):
        ensure = ("create", "serviceaccount", "-n", namespace, name)
        cluster2.kubectl(*ensure, check=False)
        request = ("create", "token", "-n", namespace, name)
        # An API server takes a moment to heed a policy that is new to it.
        until(partial(_is_refused_by_the_policy, who, request))
    assert who.refusal("get", "secrets", "-n", accounts)


def _is_refused_by_the_policy(who: Identity, request: tuple[str, ...]) -> bool:
    return "other clusters never get a token of" in who.refusal(*request)


def test_accounts_and_namespaces_together(
    identity: Callable[..., Identity], cluster2: ControlPlane, accounts: str
) -> None:
    who = identity(
        "mixed",
        f"--service-account={accounts}/lister",
        f"--service-account={accounts}/lister",
        f"--service-account={accounts}-b/lister",
        f"--source-namespace={accounts}",
    )
    assert rights(cluster2, "mixed") == expected("mixed", accounts, f"{accounts}-b")
    for allowed in (f"{accounts}/lister", f"{accounts}/writer", f"{accounts}-b/lister"):
        who.await_import(allowed)
    who.await_refusal(f"{accounts}-b/writer")


def test_what_is_said(bootstrap: Bootstrap, accounts: str) -> None:
    scope = (f"--service-account={accounts}/lister", f"--source-namespace={accounts}-b")
    result = bootstrap("said", *scope)
    role = f"role/{SYSTEM}:said-t"
    binding = f"rolebinding/{SYSTEM}:said-t"
    grant = f"secret/{SYSTEM}.said-t"
    lines = result.stdout.splitlines()
    assert lines[5:-4] == [
        "cluster2: serviceaccount/said-t applied",
        f"cluster2: {grant} applied",
        f"cluster2: {grant} in namespace {accounts} applied",
        f"cluster2: {grant} in namespace {accounts}-b applied",
        f"cluster2: {role} applied",
        f"cluster2: {binding} applied",
        f"cluster2: {role} in namespace {accounts} applied",
        f"cluster2: {binding} in namespace {accounts} applied",
        f"cluster2: {role} in namespace {accounts}-b applied",
        f"cluster2: {binding} in namespace {accounts}-b applied",
    ]
    may = (
        f"said-t can now import service account {accounts}/lister, all service accounts of"
        f" namespace {accounts}-b of said. Its credential is valid for "
    )
    assert lines[-1].startswith(may)
    again = bootstrap("said")
    assert again.stdout.splitlines()[:-1] == lines[:-1]
    assert again.stdout.splitlines()[-1].startswith(may)
    assert again.stderr == result.stderr == address_remark("cluster2", "said-t") + "\n"
    widens = (
        "cluster2: said-t may import every service account of said, which is close to being"
        " cluster-admin there, with tokens that are bound to no grant: to limit it, run kubemcsa"
        " bootstrap --target-context cluster1 --target-name said-t --source-context cluster2"
        " --source-name said --replace --service-account NAMESPACE/NAME.\n"
    )
    assert widens in bootstrap("said", "--all-service-accounts", "--dry-run").stderr
    wide = bootstrap("said", "--all-service-accounts")
    assert widens in wide.stderr
    assert f"cluster2: {binding} in namespace {accounts} deleted" in wide.stdout
    assert "\nsaid-t can now import every service account of said. " in wide.stdout
    assert widens not in bootstrap("said").stderr
    named = bootstrap("said", *scope)
    assert (
        "cluster2: said-t may import every service account already, so the named ones change"
        " nothing: to limit it to them, add --replace.\n"
    ) in named.stderr
    assert "\nsaid-t can now import every service account of said. " in named.stdout
    assert widens.replace("said", "unlimited") in bootstrap("unlimited").stderr


def test_narrower_and_wider_again(
    identity: Callable[..., Identity], cluster2: ControlPlane, accounts: str
) -> None:
    who = identity("again")
    who.await_import(f"{accounts}-b/writer")

    who = identity("again", "--replace", f"--source-namespace={accounts}")
    assert rights(cluster2, "again") == expected("again", accounts)
    who.await_refusal(f"{accounts}-b/writer")
    who.await_import(f"{accounts}/writer")

    who = identity("again", "--replace", f"--service-account={accounts}/lister")
    assert rights(cluster2, "again") == expected("again", accounts)
    who.await_refusal(f"{accounts}/writer")
    who.await_import(f"{accounts}/lister")

    who = identity("again", f"--service-account={accounts}-b/writer")
    assert rights(cluster2, "again") == expected("again", accounts, f"{accounts}-b")
    who.await_import(f"{accounts}-b/writer")
    who.await_import(f"{accounts}/lister")

    who = identity("again")
    assert rights(cluster2, "again") == expected("again", accounts, f"{accounts}-b")
    who.await_import(f"{accounts}/lister")

    who = identity("again", "--replace", f"--service-account={accounts}-b/writer")
    assert rights(cluster2, "again") == expected("again", f"{accounts}-b")
    who.await_refusal(f"{accounts}/lister")
    who.await_import(f"{accounts}-b/writer")
    who.await_import(f"{SYSTEM}/again-t")

    who = identity("again", "--all-service-accounts")
    assert rights(cluster2, "again") == {("ClusterRoleBinding", "", "again-t")}
    who.await_import(f"{accounts}/lister")


def test_targets_do_not_disturb_one_another(
    identity: Callable[..., Identity], cluster2: ControlPlane, accounts: str
) -> None:
    first = identity("first", f"--service-account={accounts}/lister")
    second = identity("second", f"--service-account={accounts}/writer")
    third = identity("third")
    identity("second", "--replace", f"--service-account={accounts}-b/writer")
    first.await_import(f"{accounts}/lister")
    third.await_import(f"{accounts}/writer")
    second.await_refusal(f"{accounts}/writer")
    first.await_refusal(f"{accounts}/writer")
    assert rights(cluster2, "first") == expected("first", accounts)
    assert rights(cluster2, "third") == {("ClusterRoleBinding", "", "third-t")}


def test_a_scoped_identity_renews_itself(
    identity: Callable[..., Identity], kubemcsa: Kubemcsa, cluster1: ControlPlane, accounts: str
) -> None:
    who = identity("renewed", f"--service-account={accounts}/lister")
    who.await_import(f"{SYSTEM}/renewed-t")
    result = kubemcsa("sync", "renewed", "-n", SYSTEM, contexts=[cluster1])
    assert result.exit_code == 0, result.output
    assert "TokenIssued" in result.stdout


def test_interrupted_while_it_takes_rights_away(
    identity: Callable[..., Identity],
    bootstrap: Bootstrap,
    cluster2: ControlPlane,
    accounts: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scope = f"--service-account={accounts}/lister"
    identity("torn", scope, f"--source-namespace={accounts}-b")
    delete = Cluster.delete

    def interrupted(self: Cluster, body: Any, **options: Any) -> None:
        delete(self, body, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Cluster, "delete", interrupted)
        assert bootstrap("torn", "--replace", scope).exit_code == 1
    left = {("RoleBinding", f"{accounts}-b", f"{SYSTEM}:torn-t")}
    assert rights(cluster2, "torn") == expected("torn", accounts) | left
    # The Role went first: what is left is no scope, so that any run ends what was begun.
    assert bootstrap("torn").exit_code == 0
    assert rights(cluster2, "torn") == expected("torn", accounts)


def test_the_binding_of_the_original_is_taken_away(
    identity: Callable[..., Identity], cluster2: ControlPlane, accounts: str
) -> None:
    role = "service-account-import-controller-remote"
    cluster2.kubectl(
        "create",
        "clusterrolebinding",
        "old-t",
        f"--clusterrole={role}",
        f"--serviceaccount={SYSTEM}:old-t",
    )
    who = identity("old", "--replace", f"--service-account={accounts}/lister")
    assert rights(cluster2, "old") == expected("old", accounts)
    who.await_refusal(f"{accounts}/writer")


def test_what_others_gave_is_theirs(
    identity: Callable[..., Identity], cluster2: ControlPlane, accounts: str
) -> None:
    subject = f"--serviceaccount={SYSTEM}:others-t"
    cluster2.kubectl("create", "clusterrolebinding", "others-t", "--clusterrole=view", subject)
    identity("others", f"--service-account={accounts}/lister")
    theirs = {("ClusterRoleBinding", "", "others-t")}
    assert rights(cluster2, "others") == expected("others", accounts) | theirs


def test_namespaces_that_do_not_exist(
    bootstrap: Bootstrap, cluster2: ControlPlane, accounts: str
) -> None:
    before = json.dumps(get(cluster2, f"{RBAC},serviceaccounts", "-A"))
    scope = (
        "--source-namespace=nowhere",
        "--service-account=neither/a",
        f"--source-namespace={accounts}",
    )
    result = bootstrap("lost", *scope)
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: context cluster2: there is no namespace neither and no namespace nowhere: run"
        " kubectl --context cluster2 create namespace neither && kubectl --context cluster2 create"
        " namespace nowhere first, or correct --service-account and --source-namespace.\n",
    )
    assert json.dumps(get(cluster2, f"{RBAC},serviceaccounts", "-A")) == before


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--service-account=lister", "'lister' is not the namespace and name of a service"),
        ("--service-account=", "'' is not the namespace and name of a service account"),
        ("--service-account=/lister", "'/lister' is not the namespace and name"),
        ("--service-account=default/", "'default/' is not the namespace and name"),
        ("--service-account=a/b/c", "'a/b/c' is not the namespace and name"),
        ("--service-account=a.b/c", "'a.b/c' is not the namespace and name"),
        ("--service-account=default/*", "'default/*' is not the namespace and name"),
        ("--service-account=default/Lister", "such as default/pod-lister."),
        ("--service-account=kube-system/default", "'kube-system' can't be imported from: no cl"),
        (f"--service-account={SYSTEM}/a", f"'{SYSTEM}' can't be imported from: no cluster ever"),
        ("--source-namespace=", "'' is no name of a namespace."),
        ("--source-namespace=*", "'*' is no name of a namespace."),
        ("--source-namespace=a/b", "'a/b' is no name of a namespace."),
        ("--source-namespace=kube-public", "'kube-public' can't be imported from"),
        (f"--source-namespace={SYSTEM}", f"'{SYSTEM}' can't be imported from"),
        (f"--source-namespace={'x' * 64}", "is no name of a namespace."),
    ],
)
def test_malformed_scopes(
    bootstrap: Bootstrap, cluster2: ControlPlane, flag: str, said: str
) -> None:
    result = bootstrap("malformed", flag)
    assert result.exit_code == 2
    assert said in result.stderr
    assert rights(cluster2, "malformed") == set()
