"""`kubemcsa sync` between two real clusters, with the hooks in its own process."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from conftest import Kubemcsa
from kubemcsa.api.connect import connect
from kubemcsa.api.import_list import list_imports
from kubemcsa.commands.sync import _sync
from kubemcsa.engine.hook_client import hooks
from mcsa_core.names import secret_name
from support.cluster import ClusterError, ControlPlane
from support.cluster.reading import decoded, get
from support.loopback.gunicorns import HookServer
from support.samples.aging import Pair, age

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("introduced")]

NAME = "cluster2-pod-lister"


@pytest.fixture
def imported(cluster1: ControlPlane, cluster2: ControlPlane, namespace: str) -> str:
    """An import of a service account that may list pods, both in namespaces of this name."""
    scope = ["-n", namespace]
    cluster2.kubectl("create", "serviceaccount", "pod-lister", *scope)
    cluster2.kubectl("create", "role", "r", "--verb=list", "--resource=pods", *scope)
    subject = f"--serviceaccount={namespace}:pod-lister"
    cluster2.kubectl("create", "rolebinding", "r", "--role=r", subject, *scope)
    create(cluster1, namespace, namespace)
    return namespace


def create(
    cluster1: ControlPlane,
    namespace: str,
    source_namespace: str,
    name: str = NAME,
    cluster: str = "cluster2",
) -> None:
    manifest = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "clusterName": cluster,
            "namespace": source_namespace,
            "name": "pod-lister",
        },
    }
    cluster1.kubectl("create", "-f", "-", input=yaml.safe_dump(manifest))


@pytest.fixture
def sync(kubemcsa: Kubemcsa, cluster1: ControlPlane, imported: str) -> Callable[..., Result]:
    def run(*args: str) -> Result:
        return kubemcsa("sync", "-n", imported, *args, contexts=[cluster1])

    return run


def secret(cluster1: ControlPlane, namespace: str) -> Any:
    return get(cluster1, "secret", "-n", namespace, secret_name(namespace, NAME))


def test_makes_the_secret(
    sync: Callable[..., Result], cluster1: ControlPlane, cluster2: ControlPlane, imported: str
) -> None:
    result = sync()
    assert result.exit_code == 0
    header, line = result.stdout.splitlines()
    assert header.split() == ["NAMESPACE", "NAME", "READY", "REASON", "EXPIRES"]
    assert line.split()[:4] == [imported, NAME, "True", "TokenIssued"]
    made = secret(cluster1, imported)
    parent = get(cluster1, "sai", "-n", imported, NAME)
    assert made["type"] == "Opaque"
    assert made["metadata"]["labels"] == {
        "controller-uid": parent["metadata"]["uid"],
        "multicluster.admiralty.io/service-account-import.name": NAME,
    }
    assert made["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "multicluster.admiralty.io/v1alpha1",
            "kind": "ServiceAccountImport",
            "name": NAME,
            "uid": parent["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    held = decoded(made)
    assert sorted(held) == ["ca.crt", "config", "namespace", "server", "token"]
    assert (held["server"], held["ca.crt"]) == (cluster2.server, cluster2.ca)
    assert held["namespace"] == imported
    status = parent["status"]
    assert status["observedGeneration"] == 1
    assert status["secrets"] == [{"name": made["metadata"]["name"]}]
    assert status["expirationTimestamp"] == line.split()[4]
    assert held["token"] not in result.output + json.dumps(status)


def test_the_kubeconfig_works_and_no_further_than_its_account(
    sync: Callable[..., Result],
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    imported: str,
    tmp_path: Path,
) -> None:
    sync()
    config = tmp_path / "config"
    config.write_text(decoded(secret(cluster1, imported))["config"])
    assert cluster2.kubectl(f"--kubeconfig={config}", "get", "pods", "-o", "name") == ""
    with pytest.raises(ClusterError, match=f"{imported}:pod-lister.*cannot list.*secrets"):
        cluster2.kubectl(f"--kubeconfig={config}", "get", "secrets")


def test_the_columns_of_kubectl(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    """Of an import that is Ready, one that is not, and one that no hook has looked at."""
    create(cluster1, imported, imported, "elsewhere", "of-no-cluster")
    sync()
    create(cluster1, imported, imported, "unseen")
    expires = get(cluster1, "sai", "-n", imported, NAME)["status"]["expirationTimestamp"]
    lines = cluster1.kubectl("get", "sai", "-n", imported).splitlines()
    header, *rows = [re.split("  +", line)[:-1] for line in lines]
    assert header == ["NAME", "CLUSTER", "SERVICE ACCOUNT", "READY", "REASON", "EXPIRES"]
    account = f"{imported}/pod-lister"
    assert rows == [
        [NAME, "cluster2", account, "True", "TokenIssued", expires],
        ["elsewhere", "of-no-cluster", account, "False", "ClusterNotBootstrapped"],
        ["unseen", "cluster2"],
    ]


def test_a_second_run_changes_nothing(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    first = sync()
    before = secret(cluster1, imported), get(cluster1, "sai", "-n", imported, NAME)
    assert sync(NAME).stdout == first.stdout
    assert (secret(cluster1, imported), get(cluster1, "sai", "-n", imported, NAME)) == before


def test_dry_run_writes_nothing(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    result = sync("--dry-run")
    assert result.exit_code == 0
    assert "TokenIssued" in result.stdout
    assert get(cluster1, "secrets", "-n", imported)["items"] == []
    assert "status" not in get(cluster1, "sai", "-n", imported, NAME)


def test_a_lost_secret_comes_back_with_a_new_token(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    sync()
    old = decoded(secret(cluster1, imported))["token"]
    label = f"multicluster.admiralty.io/service-account-import.name={NAME}"
    cluster1.kubectl("delete", "secret", "-n", imported, "-l", label)
    sync()
    assert decoded(secret(cluster1, imported))["token"] != old


def test_the_account_is_gone_and_comes_back(
    sync: Callable[..., Result], cluster1: ControlPlane, cluster2: ControlPlane, imported: str
) -> None:
    sync()
    old = decoded(secret(cluster1, imported))["token"]
    # The hooks do not replace a token that was granted a moment ago.
    age(Pair(cluster1, cluster2), imported, secret_name(imported, NAME), 600, 86400)
    cluster2.kubectl("delete", "serviceaccount", "-n", imported, "pod-lister")
    result = sync()
    assert result.exit_code == 1
    assert "ServiceAccountNotFound" in result.stdout
    assert "There is no service account" in result.stderr
    assert get(cluster1, "secrets", "-n", imported)["items"] == []
    cluster2.kubectl("create", "serviceaccount", "-n", imported, "pod-lister")
    assert sync().exit_code == 0
    assert decoded(secret(cluster1, imported))["token"] != old


def test_imports_of_one_name_in_two_namespaces(
    kubemcsa: Kubemcsa, sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    create(cluster1, "default", imported)
    result = kubemcsa("sync", "-A", contexts=[cluster1])
    lines = [line.split()[:3] for line in result.stdout.splitlines()]
    assert [imported, NAME, "True"] in lines
    assert ["default", NAME, "True"] in lines
    assert get(cluster1, "secret", secret_name("default", NAME))
    cluster1.kubectl("delete", "sai", NAME)


def test_somebody_elses_secret_is_left_alone(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    name = secret_name(imported, NAME)
    cluster1.kubectl("create", "secret", "generic", "-n", imported, name, "--from-literal=a=b")
    before = secret(cluster1, imported)
    result = sync()
    assert result.exit_code == 1
    assert "SecretConflict" in result.stdout
    assert secret(cluster1, imported) == before
    cluster1.kubectl("delete", "secret", "-n", imported, name)
    assert sync().exit_code == 0


@pytest.mark.parametrize("name", ["a.b.c", "x" * 63])
def test_names(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str, name: str
) -> None:
    create(cluster1, imported, imported, name)
    assert sync(name).exit_code == 0
    held = decoded(get(cluster1, "secret", "-n", imported, secret_name(imported, name)))
    assert yaml.safe_load(held["config"])["current-context"] == name


def test_a_credential_by_hand(
    sync: Callable[..., Result],
    kubemcsa: Kubemcsa,
    cluster1: ControlPlane,
    cluster2: ControlPlane,
    imported: str,
) -> None:
    """Just a kubeconfig, of whoever may request the token."""
    config = cluster2.kubeconfig.read_text()
    literal = f"--from-literal=config={config}"
    system = ("-n", "multicluster-service-account")
    cluster1.kubectl("create", "secret", "generic", *system, "by-hand", literal)
    create(cluster1, imported, imported, "of-by-hand", "by-hand")
    assert sync("of-by-hand").exit_code == 0
    held = decoded(get(cluster1, "secret", "-n", imported, secret_name(imported, "of-by-hand")))
    assert (held["server"], held["ca.crt"]) == (cluster2.server, cluster2.ca)


def test_a_source_that_grants_less(
    sync: Callable[..., Result], cluster1: ControlPlane, capped: ControlPlane, imported: str
) -> None:
    capped.kubectl("create", "namespace", imported)
    capped.kubectl("create", "serviceaccount", "-n", imported, "pod-lister")
    literal = f"--from-literal=config={capped.kubeconfig.read_text()}"
    system = ("-n", "multicluster-service-account")
    cluster1.kubectl("create", "secret", "generic", *system, "capped", literal)
    create(cluster1, imported, imported, "of-capped", "capped")
    first = sync("of-capped")
    before = get(cluster1, "sai", "-n", imported, "of-capped")
    message = before["status"]["conditions"][0]["message"]
    assert message.endswith("It is valid for 3600 s of the 86400 s asked for.")
    assert sync("of-capped").stdout == first.stdout
    assert get(cluster1, "sai", "-n", imported, "of-capped") == before


def test_somebody_elses_secret_with_our_label_is_left_alone(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    parent = get(cluster1, "sai", "-n", imported, NAME)
    owner = {"apiVersion": "v1", "kind": "Namespace", "name": imported, "controller": True}
    owner["uid"] = get(cluster1, "namespace", imported)["metadata"]["uid"]
    for name, owners in ((secret_name(imported, NAME), [owner]), ("another", [])):
        metadata = {
            "name": name,
            "namespace": imported,
            "labels": {"controller-uid": parent["metadata"]["uid"]},
            "ownerReferences": owners,
        }
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
        cluster1.kubectl("create", "-f", "-", input=yaml.safe_dump(manifest))
    before = get(cluster1, "secrets", "-n", imported)["items"]
    assert "SecretConflict" in sync().stdout
    assert get(cluster1, "secrets", "-n", imported)["items"] == before


@pytest.mark.parametrize("content", [b"first\nsecond", b"\xff", b""])
def test_what_is_no_bearer_token(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    options = ["--hooks-url=http://127.0.0.1:1", f"--hooks-token-file={file}"]
    result = kubemcsa("sync", *options, contexts=[cluster1])
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "first" not in result.stderr


def test_an_import_that_is_deleted_meanwhile(
    cluster1: ControlPlane, imported: str, namespace: str
) -> None:
    cluster, post = connect(str(cluster1.kubeconfig), None), hooks(None, None, None)
    [service_account_import] = list_imports(cluster, namespace)

    def delete_before_the_answer(path: str, request: Any) -> Any:
        if path.endswith("/sync"):
            cluster1.kubectl("delete", "sai", "-n", namespace, "--all")
        return post(path, request)

    assert _sync(cluster, delete_before_the_answer, service_account_import, False) is None


def test_one_sentence_for_each_problem(
    sync: Callable[..., Result], cluster2: ControlPlane, imported: str
) -> None:
    cluster2.kubectl("delete", "serviceaccount", "-n", imported, "pod-lister")
    assert len(sync().stderr.splitlines()) == 1


def test_hooks_that_are_something_else(sync: Callable[..., Result], hostile_url: str) -> None:
    result = sync(f"--hooks-url={hostile_url}")
    assert result.exit_code == 1
    assert "does not answer in JSON" in result.stderr


def test_hooks_elsewhere(
    sync: Callable[..., Result], tmp_path: Path, cluster1: ControlPlane, imported: str
) -> None:
    bearer = tmp_path / "bearer"
    bearer.write_text("correct")
    with HookServer(tmp_path, {"MCSA_BEARER_TOKEN_FILE": str(bearer)}) as hooks:
        refused = sync(f"--hooks-url={hooks.url}")
        allowed = sync(f"--hooks-url={hooks.url}", f"--hooks-token-file={bearer}")
    gone = sync(f"--hooks-url={hooks.url}", f"--hooks-token-file={bearer}")
    assert (refused.exit_code, allowed.exit_code, gone.exit_code) == (1, 0, 1)
    assert refused.stderr.endswith(
        ": the hooks take no call without their bearer token (HTTP status 401): add"
        " --hooks-token-file FILE, where kubectl -n multicluster-service-account get secret"
        " mcsa-hooks-token -o jsonpath={.data.token} | base64 -d > FILE has written it.\n"
    )
    assert gone.stderr.endswith(
        f": cannot reach the hooks at {hooks.url}: the connection is refused; see whether they run,"
        " whether the port is forwarded, and whether --hooks-url and --hooks-ca-file are right.\n"
    )
    held = decoded(secret(cluster1, imported))["token"]
    assert held not in hooks.log.read_text()
    assert "eyJ" not in hooks.log.read_text()


USAGE = "Usage: main sync [OPTIONS] [NAME]\nTry 'main sync --help' for help.\n\nError: "
HOOKS = "--hooks-url=http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (
            ["-A", "-n", "default"],
            2,
            f"{USAGE}-A is for the imports of all namespaces: leave it out, or the name and -n.\n",
        ),
        (
            ["-A", "name"],
            2,
            f"{USAGE}-A is for the imports of all namespaces: leave it out, or the name and -n.\n",
        ),
        (
            ["default/pod-lister"],
            2,
            f"{USAGE}the namespace goes into an option: kubemcsa sync pod-lister -n default\n",
        ),
        (
            ["missing", "-n", "nowhere"],
            1,
            "Error: context cluster1: there is no import nowhere/missing: choose another namespace"
            " by -n.\n",
        ),
        (
            ["-n", "nowhere"],
            0,
            "context cluster1: namespace nowhere has no imports: add -A for those of all"
            " namespaces.\n",
        ),
        (
            ["--hooks-token-file=a"],
            2,
            f"{USAGE}--hooks-ca-file and --hooks-token-file go with --hooks-url.\n",
        ),
        (
            ["--hooks-url=localhost:8080"],
            2,
            f"{USAGE}--hooks-url localhost:8080 is no URL: it begins with http:// or https://, as"
            " in --hooks-url http://127.0.0.1:8080\n",
        ),
        (
            [HOOKS, "--hooks-token-file=/none"],
            1,
            "Error: cannot read /none (No such file or directory): correct the path, or put the"
            " file there.\n",
        ),
        (
            [HOOKS, "--hooks-ca-file=/none"],
            1,
            "Error: cannot read /none (No such file or directory): correct the path, or put the"
            " file there.\n",
        ),
    ],
)
def test_mistakes(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, arguments: list[str], code: int, sentence: str
) -> None:
    result = kubemcsa("sync", *arguments, contexts=[cluster1])
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", sentence)


def test_a_name_that_is_mistyped(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    create(cluster1, imported, imported, "another")
    result = sync("cluster2-pod-listre")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"Error: context cluster1: there is no import {imported}/cluster2-pod-listre: choose one of"
        f" another, {NAME}.\n"
    )


def test_metacontroller_owns_the_fields(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    """It could not remove what another field manager has applied."""
    assert sync().exit_code == 0
    name = secret_name(imported, NAME)
    arguments = ("get", "secret", "-n", imported, name, "--show-managed-fields", "-o", "json")
    managers = json.loads(cluster1.kubectl(*arguments))["metadata"]["managedFields"]
    assert [entry["manager"] for entry in managers] == ["metacontroller"]


def test_what_the_hooks_make(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    """Without a value: a token can stand in any of them."""
    planned = json.loads(sync("--dry-run", "-o=json").stdout)
    assert get(cluster1, "secrets", "-n", imported)["items"] == []
    applied = sync("-o=json")
    assert applied.exit_code == 0
    held = decoded(secret(cluster1, imported))
    [made] = json.loads(applied.stdout)["imports"]
    expires = get(cluster1, "sai", "-n", imported, NAME)["status"]["expirationTimestamp"]
    name = secret_name(imported, NAME)
    assert json.loads(applied.stdout) == {
        "context": "cluster1",
        "imports": [
            {
                "namespace": imported,
                "name": NAME,
                "ready": "True",
                "reason": "TokenIssued",
                "message": f"Secret {name} holds a token of service account {imported}/pod-lister"
                " of cluster cluster2.",
                "expires": expires,
                "secrets": [
                    {
                        "apiVersion": "v1",
                        "kind": "Secret",
                        "metadata": {
                            "namespace": imported,
                            "name": name,
                            "labels": {
                                "multicluster.admiralty.io/service-account-import.name": NAME
                            },
                        },
                        "type": "Opaque",
                        "data": {
                            key: f"{len(value.encode())} bytes" for key, value in held.items()
                        },
                    }
                ],
            }
        ],
    }
    assert planned["imports"][0].keys() == made.keys()
    again = sync("-o=yaml")
    assert yaml.safe_load(again.stdout) == json.loads(applied.stdout)
    assert held["token"] not in applied.output + again.output
    assert sync("-o=name").stdout == (f"serviceaccountimport.multicluster.admiralty.io/{NAME}\n")


def test_what_the_hooks_make_for_one_that_is_not_ready(
    sync: Callable[..., Result], cluster1: ControlPlane, imported: str
) -> None:
    create(cluster1, imported, imported, "elsewhere", "of-no-cluster")
    result = sync("elsewhere", "--dry-run", "-o=json")
    assert (result.exit_code, result.stderr) == (1, "")
    [made] = json.loads(result.stdout)["imports"]
    assert (made["ready"], made["reason"], made["expires"], made["secrets"]) == (
        "False",
        "ClusterNotBootstrapped",
        None,
        [],
    )
    named = sync("elsewhere", "--dry-run", "-o=name")
    assert named.stdout == "serviceaccountimport.multicluster.admiralty.io/elsewhere\n"
    assert named.stderr.startswith(f"{imported}/elsewhere: Cluster of-no-cluster has no credential")


@pytest.mark.parametrize("flag", ["--context=none", "--kubeconfig=/none"])
def test_kubeconfigs_that_lead_nowhere(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, flag: str
) -> None:
    result = kubemcsa("sync", flag, contexts=[cluster1])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")


def test_no_crd(kubemcsa: Kubemcsa, cluster2: ControlPlane) -> None:
    result = kubemcsa("sync", contexts=[cluster2])
    assert result.exit_code == 1
    assert "the cluster does not know ServiceAccountImports" in result.stderr
