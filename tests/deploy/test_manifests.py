"""The manifests, as real API servers of the supported versions take them."""

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsa_certificates import desired, pki
from mcsa_certificates.pair import Pair
from mcsa_core.names import SYSTEM_NAMESPACE
from support import ROOT
from support.cluster import ClusterError, ControlPlane
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.engine import installation, metacontroller
from support.engine.installation import Installation

pytestmark = pytest.mark.cluster

SECRETS = [desired.AUTHORITY_KEY, desired.AUTHORITY, desired.TOKEN, *desired.LEAVES]


@pytest.fixture(scope="module", params=["1.37", "1.35"])
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """A bare API server that has taken our manifests, strictly."""
    folder = tmp_path_factory.mktemp("manifests")
    with installation.cluster(folder, request.param) as (cluster, services):
        if metacontroller.installed():
            metacontroller.install_crds(cluster)
        said = installation.apply(cluster, "--validate=strict", "--warnings-as-errors")
        assert said.count(" created\n") == len(said.splitlines())
        yield Installation(cluster, services, folder)


def test_the_version(installed: Installation) -> None:
    version = "v" + installed.cluster.version
    assert version in get(installed.cluster, "--raw", "/version")["gitVersion"]


def test_metacontrollers_kinds_are_taken_too(installed: Installation) -> None:
    if not metacontroller.installed():
        pytest.skip(metacontroller.ABSENT)
    files = (ROOT / "metacontroller" / "namespaces", ROOT / "metacontroller")
    for folder in files:
        args = ("apply", "--validate=strict", "--dry-run=server", "-k", str(folder))
        installed.cluster.kubectl(*args)


def test_a_second_time_changes_nothing(installed: Installation) -> None:
    before = versions(installed.cluster)
    said = installation.apply(installed.cluster, "--validate=strict")
    assert "created" not in said
    assert versions(installed.cluster) == before


def versions(cluster: ControlPlane) -> dict[str, str]:
    """The generation, or version, of each object that the manifests describe."""
    kinds = "secrets,services,networkpolicies,serviceaccounts,roles,poddisruptionbudgets"
    found = get(cluster, kinds, "-n", SYSTEM_NAMESPACE)["items"]
    found += get(cluster, "deployments", "-n", SYSTEM_NAMESPACE)["items"]
    return {
        f"{item['kind']}/{item['metadata']['name']}": str(
            item["metadata"].get("generation") or item["metadata"]["resourceVersion"]
        )
        for item in found
    }


def test_every_pod_is_let_in(installed: Installation) -> None:
    """The namespace enforces the Pod Security Standard `restricted`."""
    namespace = get(installed.cluster, "namespace", SYSTEM_NAMESPACE)
    label = "pod-security.kubernetes.io/enforce"
    assert namespace["metadata"]["labels"][label] == "restricted"
    counts = [len(installed.pods(c)) for c in ("hooks", "admission", "certificates")]
    assert counts == [2, 2, 1]


def test_pods_wait_for_their_secrets(installed: Installation) -> None:
    pods = installed.pods("hooks") + installed.pods("admission")
    empty(installed)
    assert [pod.mount() for pod in pods] == [False] * 4
    installed.certify()
    assert [pod.mount() for pod in pods] == [True] * 4


def empty(installed: Installation) -> None:
    """The Secrets are as they were shipped."""
    for name in SECRETS:
        patch = '[{"op": "add", "path": "/data", "value": {}}]'
        scope = ("-n", SYSTEM_NAMESPACE, name, "--type=json", "-p", patch)
        installed.cluster.kubectl("patch", "secret", *scope)


def held(installed: Installation, name: str) -> Pair:
    return desired.pair(installed.secret(name))


def test_several_pods_at_once(installed: Installation) -> None:
    for _ in range(3):
        empty(installed)
        with ThreadPoolExecutor(4) as executor:
            logs = list(executor.map(lambda _: installed.certify(), range(4)))
        assert "Traceback" not in "".join(logs)
        assert "eyJ" not in "".join(logs)
        ca = held(installed, desired.AUTHORITY_KEY)
        public = decoded(installed.secret(desired.AUTHORITY))
        assert public == {"ca.crt": ca.certificate}
        for name, service in desired.LEAVES.items():
            now = pki.ends(held(installed, name)) - pki.LEAF_LIFE
            issuers, names = [ca.load_certificate()], desired.names_of(service)
            assert not pki.is_due(held(installed, name), issuers, names, now)
        tokens = decoded(installed.secret(desired.TOKEN))
        assert len(tokens["token"]) == 43
        assert tokens["accepted"] == tokens["token"]
        assert bundle(installed) == installed.secret(desired.AUTHORITY)["data"]["ca.crt"]


def bundle(installed: Installation) -> Any:
    name = ("mutatingwebhookconfiguration", desired.WEBHOOK)
    return get(installed.cluster, *name)["webhooks"][0]["clientConfig"]["caBundle"]


def test_another_round_changes_nothing(installed: Installation) -> None:
    installed.certify()
    before = versions(installed.cluster), bundle(installed)
    assert installed.certify() == ""
    assert (versions(installed.cluster), bundle(installed)) == before


def test_what_is_applied_again_keeps_what_was_made(installed: Installation) -> None:
    installed.certify()
    before = [installed.secret(name)["data"] for name in SECRETS], bundle(installed)
    installation.apply(installed.cluster)
    installation.apply(installed.cluster, "--server-side", "--force-conflicts")
    assert ([installed.secret(name)["data"] for name in SECRETS], bundle(installed)) == before


DIGEST = f"sha256:{'0123456789abcdef' * 4}"


@pytest.mark.parametrize(
    ("registry", "field", "suffix"),
    [
        ("ghcr.io", "newTag: v9.9.9", ":v9.9.9"),
        ("registry.example:5000/Team_A", "newTag: V9_Final", ":V9_Final"),
        ("10.0.0.1:443", f"digest: {DIGEST}", f"@{DIGEST}"),
    ],
    ids=["another version", "a port and upper case", "a digest"],
)
def test_an_upgrade_and_back(
    installed: Installation, tmp_path: Path, registry: str, field: str, suffix: str
) -> None:
    """To an image of one's own, of any name: all Deployments get it."""
    for folder in ("deploy", "metacontroller"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    kustomization = tmp_path / "deploy" / "kustomization.yaml"
    name = f"{registry}/multicluster-service-account"
    changed = re.sub(r"newName: \S+", f"newName: {name}", kustomization.read_text())
    kustomization.write_text(re.sub(r"newTag: \S+", field, changed))
    built = installed.cluster.kubectl("kustomize", str(tmp_path / "deploy"))
    manifests = [
        m for m in yaml.safe_load_all(built) if metacontroller.installed() or not foreign(m)
    ]
    assert {*images(manifests)} == {f"{name}{suffix}"}
    args = ("apply", "--validate=strict", "-f", "-", "--dry-run=server")
    text = yaml.safe_dump_all(manifests)
    lines = installed.cluster.kubectl(*args, input=text).splitlines()
    for server in ("admission", "certificates", "hooks"):
        assert f"deployment.apps/{server} configured (server dry run)" in lines
    installed.cluster.kubectl(*args[:-1], input=text)
    assert "deployment.apps/certificates configured\n" in installation.apply(installed.cluster)


def images(manifests: list[Any]) -> list[str]:
    """The image of each Deployment."""
    deployments = [m for m in manifests if m["kind"] == "Deployment"]
    pods = [m["spec"]["template"]["spec"] for m in deployments]
    assert len(pods) == 3
    return [container["image"] for pod in pods for container in pod["containers"]]


def foreign(manifest: dict[str, Any]) -> bool:
    return bool(manifest["apiVersion"].startswith(installation.METACONTROLLER))


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("secret", desired.AUTHORITY, "secrets/mcsa-ca is not there: apply the manifests again."),
        ("role", "mcsa-certificates", "mcsa-ca-key: the API server answers 403."),
    ],
)
def test_what_is_lacking_is_one_sentence(
    installed: Installation, kind: str, name: str, said: str
) -> None:
    """Then it goes on by itself."""
    installed.certify()
    [pod] = installed.pods("certificates")
    installed.cluster.kubectl("delete", kind, "-n", SYSTEM_NAMESPACE, name)
    until(lambda: refused(installed, name))
    pod.run_until(said)
    installed.apply()
    assert re.fullmatch(rf"Error: \S*( \S*)?{re.escape(said)}\n", pod.log.read_text())
    installed.certify()


def refused(installed: Installation, name: str) -> bool:
    """Whether the authorizer, too, has seen that the Role is gone."""
    command = f"get secret {desired.AUTHORITY_KEY} -n {SYSTEM_NAMESPACE}"
    answer = as_account(installed, "mcsa-certificates", command)
    return name != "mcsa-certificates" or "is forbidden" in answer


def test_the_webhook_may_come_later(installed: Installation) -> None:
    [pod] = installed.pods("certificates")
    empty(installed)
    installed.cluster.kubectl("delete", "mutatingwebhookconfiguration", desired.WEBHOOK)
    pod.run_until(f"{desired.WEBHOOK} is not there: apply the manifests again.")
    assert not pod.ready()
    assert decoded(installed.secret(desired.TOKEN))["token"]
    installed.apply()
    installed.certify()
    assert bundle(installed) == installed.secret(desired.AUTHORITY)["data"]["ca.crt"]


ALLOWED = [
    *(f"get secret {name} -n {SYSTEM_NAMESPACE}" for name in SECRETS),
    f"get mutatingwebhookconfiguration {desired.WEBHOOK}",
]
REFUSED = [
    f"get secrets -n {SYSTEM_NAMESPACE}",
    f"get secret cluster2 -n {SYSTEM_NAMESPACE}",
    f"get secret {desired.TOKEN} -n default",
    f"delete secret {desired.TOKEN} -n {SYSTEM_NAMESPACE}",
    f"create secret generic another -n {SYSTEM_NAMESPACE}",
    f"get configmaps -n {SYSTEM_NAMESPACE}",
    f"get pods -n {SYSTEM_NAMESPACE}",
    "get mutatingwebhookconfigurations",
    f"delete mutatingwebhookconfiguration {desired.WEBHOOK}",
    f"create token mcsa-certificates -n {SYSTEM_NAMESPACE}",
    "get serviceaccountimports -A",
]


def as_account(installed: Installation, name: str, command: str) -> str:
    """What an account of the system namespace is answered."""
    user = f"--as=system:serviceaccount:{SYSTEM_NAMESPACE}:{name}"
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{SYSTEM_NAMESPACE}")
    flags = [user, *(f"--as-group={group}" for group in (*groups, "system:authenticated"))]
    try:
        return installed.cluster.kubectl(*command.split(), *flags)
    except ClusterError as error:
        return str(error)


def test_what_certificates_may_do(installed: Installation) -> None:
    for command in ALLOWED:
        assert "forbidden" not in as_account(installed, "mcsa-certificates", command), command


@pytest.mark.parametrize("command", REFUSED)
def test_what_certificates_may_not_do(installed: Installation, command: str) -> None:
    assert "is forbidden: User" in as_account(installed, "mcsa-certificates", command)


@pytest.mark.parametrize("command", [*ALLOWED, *REFUSED])
def test_the_servers_may_do_nothing(installed: Installation, command: str) -> None:
    for pod in (*installed.pods("hooks"), *installed.pods("admission")):
        assert pod.account == "default"
        assert not pod.has_token
    assert "is forbidden: User" in as_account(installed, "default", command)


@pytest.mark.parametrize("role", ["view", "edit", "admin"])
def test_who_sees_imports(installed: Installation, role: str) -> None:
    """The controller manager aggregates what is to be seen into Kubernetes' own roles."""
    rules = until(lambda: imports_of(installed.cluster, role))
    assert rules == [["get", "list", "watch"]]


def imports_of(cluster: ControlPlane, role: str) -> list[list[str]]:
    found = get(cluster, "clusterrole", role).get("rules") or []
    return [sorted(r["verbs"]) for r in found if "serviceaccountimports" in r.get("resources", [])]
