"""The target's policy on a real API server: who may import which account into which namespace."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from conftest import Kubemcsa
from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

DEPLOY = ROOT / "deploy"
SYSTEM = "multicluster-service-account"
MINE = "cluster2/default/pod-lister"
RIGHT = "verb import on serviceaccounts.remote.multicluster.admiralty.io"

As = Callable[..., str]


def manifest(account: str = MINE, name: str = "mine", **metadata: Any) -> str:
    cluster, namespace, account_name = account.split("/")
    return json.dumps(
        {
            "apiVersion": "multicluster.admiralty.io/v1alpha1",
            "kind": "ServiceAccountImport",
            "metadata": {"name": name, **metadata},
            "spec": {"clusterName": cluster, "namespace": namespace, "name": account_name},
        }
    )


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A cluster with the policy; `apps` and `other` are namespaces of tenants."""
    with ControlPlane("cluster1", tmp_path_factory.mktemp("policed")) as cluster:
        for file in ("crd.yaml", "policy-imports.yaml"):
            cluster.kubectl("apply", "-f", str(DEPLOY / file))
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        for namespace in ("apps", "other", SYSTEM):
            cluster.kubectl("create", "namespace", namespace)
        until(lambda: "ValidatingAdmissionPolicy" in _refused_to_somebody(cluster))
        yield cluster


def _refused_to_somebody(cluster: ControlPlane) -> str:
    """What somebody who may do everything else is told."""
    somebody = ("clusterrole", "imports", "--verb=*")
    cluster.kubectl(
        "create",
        *somebody,
        "--resource=serviceaccountimports.multicluster.admiralty.io",
        check=False,
    )
    bind = ("clusterrolebinding", "somebody", "--clusterrole=imports", "--user=somebody")
    cluster.kubectl("create", *bind, check=False)
    try:
        cluster.kubectl("create", "--as=somebody", "--dry-run=server", "-f", "-", input=manifest())
    except ClusterError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def tenant(target: ControlPlane) -> str:
    """The token of a service account that the example Role is bound to, in `apps`."""
    documents = list(yaml.safe_load_all((DEPLOY / "examples" / "tenant-role.yaml").read_text()))
    documents[1]["subjects"] = [{"kind": "ServiceAccount", "name": "tenant", "namespace": "apps"}]
    target.kubectl("create", "serviceaccount", "-n", "apps", "tenant")
    target.kubectl("apply", "-f", "-", input=yaml.safe_dump_all(documents))
    # In `other` the tenant may do everything with imports, and import nothing.
    target.kubectl(
        *("create", "role", "-n", "other", "imports", "--verb=*"),
        "--resource=*.multicluster.admiralty.io",
    )
    subject = "--serviceaccount=apps:tenant"
    target.kubectl("create", "rolebinding", "-n", "other", "t", "--role=imports", subject)
    token = target.kubectl("create", "token", "-n", "apps", "tenant").strip()
    can = ("auth", "can-i", "create", "serviceaccountimports", f"--token={token}", "-n")
    until(lambda: all(target.kubectl(*can, n, check=False) == "yes\n" for n in ("apps", "other")))
    return token


@pytest.fixture
def as_tenant(target: ControlPlane, tenant: str) -> Iterator[As]:
    def run(*args: str, input: str | None = None) -> str:  # noqa: A002
        return target.kubectl(f"--token={tenant}", *args, input=input)

    yield run
    target.kubectl("delete", "sai", "--all", "-n", "apps")


def create(as_tenant: As, account: str, namespace: str = "apps") -> str:
    return as_tenant("create", "-n", namespace, "-f", "-", input=manifest(account))


def test_what_the_tenant_may_import(as_tenant: As) -> None:
    assert "created" in create(as_tenant, MINE)


@pytest.mark.parametrize(
    ("account", "namespace"),
    [
        ("cluster2/default/other", "apps"),
        ("cluster2/other/pod-lister", "apps"),
        ("cluster3/default/pod-lister", "apps"),
        ("cluster2/kube-system/pod-lister", "apps"),
        (f"cluster2/{SYSTEM}/cluster1", "apps"),
        (MINE, "other"),
    ],
)
def test_what_the_tenant_may_not_import(as_tenant: As, account: str, namespace: str) -> None:
    with pytest.raises(ClusterError) as refused:
        create(as_tenant, account, namespace)
    assert (
        "denied request: system:serviceaccount:apps:tenant may not import service account"
        f" {account} (cluster/namespace/name) here: it takes a Role in namespace {namespace} that"
        f" allows the {RIGHT} with the resourceName {account}."
    ) in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        {"clusterName": "cluster3"},
        {"namespace": "kube-system"},
        {"name": "other"},
    ],
)
def test_an_import_that_is_edited_to_point_elsewhere(as_tenant: As, change: Any) -> None:
    create(as_tenant, MINE)
    patch = json.dumps({"spec": change})
    edit = ("patch", "sai", "-n", "apps", "mine", "--type=merge", "-p", patch)
    with pytest.raises(ClusterError, match="tenant may not import service account"):
        as_tenant(*edit)
    replaced = json.loads(as_tenant("get", "sai", "-n", "apps", "mine", "-o", "json"))
    replaced["spec"] |= change
    with pytest.raises(ClusterError, match="tenant may not import service account"):
        as_tenant("replace", "-f", "-", input=json.dumps(replaced))
    with pytest.raises(ClusterError, match="tenant may not import service account"):
        as_tenant(
            "apply",
            "--server-side",
            "--force-conflicts",
            "-f",
            "-",
            input=json.dumps(
                {k: replaced[k] for k in ("apiVersion", "kind", "spec")}
                | {"metadata": {"name": "mine", "namespace": "apps"}}
            ),
        )


def test_an_import_that_the_tenant_may_change(as_tenant: As) -> None:
    create(as_tenant, MINE)
    patch = json.dumps({"spec": {"expirationSeconds": 3600}})
    assert "patched" in as_tenant("patch", "sai", "-n", "apps", "mine", "--type=merge", "-p", patch)


def with_secrets(account: str = MINE) -> str:
    body = json.loads(manifest(account))
    body["spec"]["secrets"] = [{"name": "other", "data": {"a": "$(token)"}}]
    return json.dumps(body)


def test_secrets_take_the_right_to_create_secrets(target: ControlPlane, as_tenant: As) -> None:
    """Who may import the account may make the import, but no Secrets of names of their choice."""
    said = (
        "denied request: system:serviceaccount:apps:tenant may not make or change an import with"
        " spec.secrets here: it takes a Role in namespace apps that allows the verb create on"
        " secrets."
    )
    with pytest.raises(ClusterError, match=re.escape(said)):
        as_tenant("create", "-n", "apps", "-f", "-", input=with_secrets())
    create(as_tenant, MINE)
    with pytest.raises(ClusterError, match=re.escape(said)):
        as_tenant("apply", "-n", "apps", "--server-side", "-f", "-", input=with_secrets())
    target.kubectl("apply", "-n", "apps", "--server-side", "-f", "-", input=with_secrets())
    # Each change of the spec rewrites these Secrets.
    scope = ("patch", "sai", "-n", "apps", "mine", "--type=merge", "-p")
    with pytest.raises(ClusterError, match=re.escape(said)):
        as_tenant(*scope, json.dumps({"spec": {"expirationSeconds": 3600}}))
    assert "labeled" in as_tenant("label", "-n", "apps", "sai", "mine", "team=a")
    assert "patched" in as_tenant(*scope, json.dumps({"spec": {"secrets": None}}))


def test_secrets_by_who_may_create_them(target: ControlPlane, as_tenant: As) -> None:
    role = ("role", "-n", "apps", "secrets", "--verb=create", "--resource=secrets")
    target.kubectl("create", *role)
    bind = ("rolebinding", "-n", "apps", "secrets", "--role=secrets")
    target.kubectl("create", *bind, "--serviceaccount=apps:tenant")
    can = ("auth", "can-i", "create", "secrets", "-n", "apps")
    try:
        until(lambda: as_tenant(*can) == "yes\n")
        assert "created" in as_tenant("create", "-n", "apps", "-f", "-", input=with_secrets())
        other = json.loads(with_secrets("cluster2/default/other"))
        with pytest.raises(ClusterError, match="may not import service account"):
            as_tenant("create", "-n", "apps", "-f", "-", input=json.dumps(other))
    finally:
        target.kubectl("delete", "-n", "apps", "role,rolebinding", "secrets")


def test_names_that_look_alike(target: ControlPlane, as_tenant: As) -> None:
    """The parts can't be shifted: none of them can hold a slash."""
    for account in ("cluster2-default/pod-lister/x", "cluster/2default/pod-lister"):
        with pytest.raises(ClusterError, match="may not import service account"):
            create(as_tenant, account)
    with pytest.raises(ClusterError, match="Invalid value"):
        shifted = json.loads(manifest())
        shifted["spec"] |= {"clusterName": "cluster2/default", "namespace": "pod-lister"}
        as_tenant("create", "-n", "apps", "-f", "-", input=json.dumps(shifted))


def test_what_changes_no_spec_is_not_hindered(target: ControlPlane, as_tenant: As) -> None:
    """The tenant keeps house with an import that only somebody else could make."""
    target.kubectl("create", "-n", "apps", "-f", "-", input=manifest("cluster3/a/b"))
    scope = ("-n", "apps", "sai", "mine")
    assert "labeled" in as_tenant("label", *scope, "team=a")
    assert "annotated" in as_tenant("annotate", *scope, "why=because")
    finalizers = json.dumps({"metadata": {"finalizers": ["example.com/f"]}})
    assert "patched" in as_tenant("patch", *scope, "--type=merge", "-p", finalizers)
    gone = json.dumps({"metadata": {"finalizers": None}})
    assert "patched" in as_tenant("patch", *scope, "--type=merge", "-p", gone)
    assert "deleted" in as_tenant("delete", *scope)


def test_status_is_not_hindered(target: ControlPlane) -> None:
    """Metacontroller needs no right to import."""
    target.kubectl("create", "-n", "apps", "-f", "-", input=manifest("cluster3/a/b", "status"))
    patch = json.dumps({"status": {"observedGeneration": 1}})
    engine = ("--as=somebody", "-n", "apps", "sai", "status")
    change = ("--subresource=status", "--type=merge", "-p", patch)
    grant = ("clusterrole", "status", "--verb=*")
    target.kubectl(
        "create", *grant, "--resource=serviceaccountimports.multicluster.admiralty.io/status"
    )
    bind = ("clusterrolebinding", "status", "--clusterrole=status", "--user=somebody")
    target.kubectl("create", *bind)
    until(lambda: target.kubectl("patch", *engine, *change, check=False))
    found = target.kubectl("get", "-n", "apps", "sai", "status", "-o", "json")
    assert json.loads(found)["status"] == {"observedGeneration": 1}
    target.kubectl("delete", "-n", "apps", "sai", "status")


@pytest.fixture
def bootstrap_as(
    kubemcsa: Kubemcsa, target: ControlPlane, cluster2: ControlPlane, tmp_path: Path
) -> Callable[[str], Result]:
    """Runs bootstrap as somebody whom a ClusterRole is given to in the target."""

    def run(role: str) -> Result:
        name = f"admin-{role}"
        bind = ("clusterrolebinding", name, f"--clusterrole={role}")
        target.kubectl("create", "serviceaccount", "-n", "other", name)
        target.kubectl("create", *bind, f"--serviceaccount=other:{name}")
        config = yaml.safe_load(target.kubeconfig.read_text())
        token = target.kubectl("create", "token", "-n", "other", name).strip()
        config["users"][0]["user"] = {"token": token}
        path = tmp_path / name
        path.write_text(yaml.safe_dump(config))
        can = ("auth", "can-i", "create", "secrets", f"--token={token}", "-n", SYSTEM)
        until(lambda: target.kubectl(*can, check=False) == "yes\n")
        return kubemcsa(
            "bootstrap",
            f"--target-kubeconfig={path}",
            f"--source-kubeconfig={cluster2.kubeconfig}",
            f"--target-name={name}",
            f"--source-name=of-{name}",
            contexts=[],
        )

    return run


def test_bootstrap_by_an_ordinary_cluster_admin(bootstrap_as: Callable[[str], Result]) -> None:
    result = bootstrap_as("cluster-admin")
    assert result.exit_code == 0, result.output


def test_bootstrap_by_somebody_who_may_not_import(
    target: ControlPlane, bootstrap_as: Callable[[str], Result]
) -> None:
    all_but_imports = [
        {"apiGroups": [""], "resources": ["namespaces", "secrets"], "verbs": ["*"]},
        {
            "apiGroups": ["multicluster.admiralty.io"],
            "resources": ["serviceaccountimports"],
            "verbs": ["*"],
        },
    ]
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "almost"},
        "rules": all_but_imports,
    }
    target.kubectl("create", "-f", "-", input=json.dumps(role))
    result = bootstrap_as("almost")
    assert result.exit_code == 1
    error = result.stderr.splitlines()[-1]
    assert error.startswith("Error: context cluster1: ")
    assert f"may not import service account of-admin-almost/{SYSTEM}/admin-almost" in error
