"""The manifests, as real API servers of the supported versions take them."""

import re
import shutil
import tomllib
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

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
JOB = f"job.batch/certificates-v{PROJECT['version'].replace('.', '-')}"
SECRETS = [desired.AUTHORITY_KEY, desired.AUTHORITY, desired.TOKEN, *desired.LEAVES]


@pytest.fixture(scope="module", params=["1.36", "1.35"])
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """A bare API server that has taken our manifests, strictly."""
    folder = tmp_path_factory.mktemp("manifests")
    with installation.cluster(folder, request.param) as (cluster, services):
        if metacontroller.installed():
            metacontroller.install_crds(cluster)
        said = installation.apply(cluster, "--validate=strict", "--warnings-as-errors")
        assert f"{JOB} created\n" in said
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
    kinds = "secrets,services,networkpolicies,serviceaccounts,roles,poddisruptionbudgets,cronjobs"
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
    [job] = installed.pods("certificates")
    assert job.run().returncode == 0
    assert [pod.mount() for pod in pods] == [True] * 4


def empty(installed: Installation) -> None:
    """The Secrets are as they were shipped."""
    for name in SECRETS:
        patch = '[{"op": "add", "path": "/data", "value": {}}]'
        scope = ("-n", SYSTEM_NAMESPACE, name, "--type=json", "-p", patch)
        installed.cluster.kubectl("patch", "secret", *scope)


def held(installed: Installation, name: str) -> Pair:
    return desired.pair(installed.secret(name))


def test_the_job_run_several_times_at_once(installed: Installation) -> None:
    [job] = installed.pods("certificates")
    for _ in range(3):
        empty(installed)
        with ThreadPoolExecutor(4) as executor:
            assert job.mount()
            runs = list(executor.map(lambda _: job.run(), range(4)))
        assert [(run.returncode, run.stdout) for run in runs] == [(0, "")] * 4, runs
        assert "Traceback" not in "".join(run.stderr for run in runs)
        assert "eyJ" not in "".join(run.stderr for run in runs)
        ca = held(installed, desired.AUTHORITY_KEY)
        public = decoded(installed.secret(desired.AUTHORITY))
        assert public == {"ca.crt": ca.certificate}
        for name, service in desired.LEAVES.items():
            now = pki.ends(held(installed, name)) - pki.LEAF_LIFE
            assert not pki.is_due(held(installed, name), ca, desired.names_of(service), now)
        assert len(decoded(installed.secret(desired.TOKEN))["token"]) == 43
        assert bundle(installed) == installed.secret(desired.AUTHORITY)["data"]["ca.crt"]


def bundle(installed: Installation) -> Any:
    name = ("mutatingwebhookconfiguration", desired.WEBHOOK)
    return get(installed.cluster, *name)["webhooks"][0]["clientConfig"]["caBundle"]


def test_another_run_changes_nothing(installed: Installation) -> None:
    [job] = installed.pods("certificates")
    assert job.run().returncode == 0
    before = versions(installed.cluster), bundle(installed)
    assert job.run().returncode == 0
    assert (versions(installed.cluster), bundle(installed)) == before


def test_what_is_applied_again_keeps_what_the_job_made(installed: Installation) -> None:
    [job] = installed.pods("certificates")
    assert job.run().returncode == 0
    before = [installed.secret(name)["data"] for name in SECRETS], bundle(installed)
    installation.apply(installed.cluster)
    installation.apply(installed.cluster, "--server-side", "--force-conflicts")
    assert ([installed.secret(name)["data"] for name in SECRETS], bundle(installed)) == before


def test_an_upgrade_and_back(installed: Installation, tmp_path: Path) -> None:
    """Another version has another Job, so that nothing trips over what can't be changed."""
    for folder in ("deploy", "metacontroller"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    kustomization = tmp_path / "deploy" / "kustomization.yaml"
    changed = re.sub(r"newTag: \S+", "newTag: v9.9.9", kustomization.read_text())
    changed = re.sub(r"value: certificates-\S+", "value: certificates-v9-9-9", changed)
    kustomization.write_text(changed)
    built = installed.cluster.kubectl("kustomize", str(tmp_path / "deploy"))
    assert built.count(":v9.9.9\n") == 4
    manifests = [
        m for m in yaml.safe_load_all(built) if metacontroller.installed() or not foreign(m)
    ]
    said = installed.cluster.kubectl("apply", "-f", "-", input=yaml.safe_dump_all(manifests))
    assert "job.batch/certificates-v9-9-9 created\n" in said
    assert f"{JOB} " in installation.apply(installed.cluster)


def foreign(manifest: dict[str, Any]) -> bool:
    return bool(manifest["apiVersion"].startswith(installation.METACONTROLLER))


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("secret", desired.AUTHORITY, "secrets/mcsa-ca is not there: apply the manifests again."),
        ("role", "mcsa-certificates", "mcsa-ca-key: the API server answers 403."),
    ],
)
def test_what_the_job_lacks_is_one_sentence(
    installed: Installation, kind: str, name: str, said: str
) -> None:
    [job] = installed.pods("certificates")
    installed.cluster.kubectl("delete", kind, "-n", SYSTEM_NAMESPACE, name)
    done = until(lambda: failed(job.run()))
    installed.apply()
    assert done.stderr.startswith("Error: ")
    assert done.stderr.endswith(f"{said}\n")
    assert len(done.stderr.splitlines()) == 1
    until(lambda: job.run().returncode == 0)


def failed(done: Any) -> Any:
    return done if done.returncode else None


def test_without_a_webhook_the_rest_is_done(installed: Installation) -> None:
    [job] = installed.pods("certificates")
    installed.cluster.kubectl("delete", "mutatingwebhookconfiguration", desired.WEBHOOK)
    done = job.run()
    installed.apply()
    assert done.returncode == 0
    assert "there is no webhook multicluster-service-account" in done.stderr


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


def test_what_the_job_may_do(installed: Installation) -> None:
    for command in ALLOWED:
        assert "forbidden" not in as_account(installed, "mcsa-certificates", command), command


@pytest.mark.parametrize("command", REFUSED)
def test_what_the_job_may_not_do(installed: Installation, command: str) -> None:
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
