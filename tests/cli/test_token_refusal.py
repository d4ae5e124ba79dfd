"""`kubemcsa unbootstrap` ends all tokens that are bound to a target's grants, and waits for it."""

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import token_refusal
from kubemcsa.main import main
from mcsa_core.names import grant_name
from mcsa_core.token import token_request
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.api_client import session
from support.cluster.grants import answer, bound_token, make_grant
from support.cluster.identities import SYSTEM
from support.cluster.loopback import free_ports
from support.cluster.reading import decoded, get
from support.cluster.waiting import until

pytestmark = pytest.mark.cluster

Run = Callable[..., Result]
HELD = "example.com/held"
FALLBACK = "cluster1-never-expiring"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane("one", tmp_path_factory.mktemp("one")) as cluster:
        cluster.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        keep_namespace(cluster)
        yield cluster


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Its controllers write the tokens of Secrets, and delete namespaces."""
    with ControlPlane("two", tmp_path_factory.mktemp("two"), controller_manager=True) as cluster:
        keep_namespace(cluster)
        for name in ("apps", "free"):
            cluster.kubectl("create", "namespace", name)
        until(lambda: cluster.kubectl("get", "sa", "-n", "apps", "default", check=False))
        yield cluster


def keep_namespace(cluster: ControlPlane) -> None:
    """A ConfigMap keeps the system namespace from being deleted after each test."""
    cluster.kubectl("create", "namespace", SYSTEM)
    cluster.kubectl("create", "configmap", "-n", SYSTEM, "stays")


@pytest.fixture
def run(target: ControlPlane, source: ControlPlane) -> Run:
    """Runs a command for the target `name` and the source `of-NAME`, without --dry-run."""

    def run(command: str, name: str, *args: str, sides: str = "source target") -> Result:
        paths = {"source": source.kubeconfig, "target": target.kubeconfig}
        flags = [f"--{side}-kubeconfig={paths[side]}" for side in sides.split()]
        names = [f"--target-name={name}", f"--source-name=of-{name}"]
        result = CliRunner().invoke(main, [command, *flags, *names, *args], catch_exceptions=False)
        assert "eyJ" not in result.output
        return result

    return run


@pytest.fixture
def introduce(run: Run, source: ControlPlane) -> Callable[..., None]:
    """A target with grants in the system namespace, in default and in apps."""

    def introduce(name: str) -> None:
        scope = ("--source-namespace=default", "--source-namespace=apps")
        result = run("bootstrap", name, *scope)
        assert result.exit_code == 0, result.output
        for namespace in (SYSTEM, "default", "apps"):
            make_grant(source, namespace, name)

    return introduce


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_refusal, "CACHE_SECONDS", 0)


def secrets(cluster: ControlPlane) -> set[str]:
    items = get(cluster, "secrets", "-A")["items"]
    return {f"{s['metadata']['namespace']}/{s['metadata']['name']}" for s in items}


def grants(name: str) -> set[str]:
    return {f"{namespace}/{grant_name(name)}" for namespace in (SYSTEM, "default", "apps")}


def patch(cluster: ControlPlane, namespace: str, name: str, **metadata: Any) -> None:
    change = json.dumps({"metadata": metadata})
    cluster.kubectl("patch", "secret", "-n", namespace, name, "--type=merge", "-p", change)


def make_fallback(source: ControlPlane, target_name: str) -> str:
    """The fall-back's Secret, as bootstrap makes it; its token."""
    name = f"{target_name}-never-expiring"
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": SYSTEM,
            "labels": {"app.kubernetes.io/managed-by": "kubemcsa"},
            "annotations": {"kubernetes.io/service-account.name": target_name},
        },
        "type": "kubernetes.io/service-account-token",
    }
    source.kubectl("create", "-f", "-", input=json.dumps(body))

    def token() -> str:
        secret = get(source, "secret", "-n", SYSTEM, name)
        return decoded(secret).get("token", "") if secret.get("data") else ""

    return until(token)


def test_nothing_outlives_it(
    run: Run, introduce: Callable[..., None], target: ControlPlane, source: ControlPlane
) -> None:
    introduce("cluster1")
    introduce("neighbour")
    before = secrets(source)
    stolen = {
        "credential": decoded(get(target, "secret", "-n", SYSTEM, "of-cluster1"))["token"],
        "bound credential": bound_token(source, SYSTEM, "cluster1", "cluster1"),
        "import": bound_token(source, "default", "default", "cluster1"),
        "import of apps": bound_token(source, "apps", "default", "cluster1"),
        "fall-back": make_fallback(source, "cluster1"),
    }
    neighbours = [
        bound_token(source, SYSTEM, "neighbour", "neighbour"),
        bound_token(source, "apps", "default", "neighbour"),
    ]
    patch(source, "apps", grant_name("cluster1"), finalizers=[HELD], labels=None)
    patch(source, SYSTEM, FALLBACK, finalizers=[HELD])
    assert {name: answer(source, token) for name, token in stolen.items()} == dict.fromkeys(
        stolen, 201
    )
    begun = time.monotonic()
    result = run("unbootstrap", "cluster1", "--yes")
    took = time.monotonic() - begun
    assert result.exit_code == 0, result.output
    # At once, without a second try: what the command says is so.
    assert {name: answer(source, token) for name, token in stolen.items()} == dict.fromkeys(
        stolen, 401
    )
    assert secrets(source) == before - grants("cluster1")
    assert [answer(source, token) for token in neighbours] == [201, 201]
    [seconds] = re.findall(
        r"^two: (\d+) seconds after the deletion, cluster1's credential is refused, and so are all"
        r" tokens that were bound to its grants\.$",
        result.stdout,
        re.MULTILINE,
    )
    assert 10 <= int(seconds) <= took + 1 < 60
    deleted = re.findall(r"^two: (\S+)(?: in namespace \S+)? deleted$", result.stdout, re.MULTILINE)
    secret = f"secret/{grant_name('cluster1')}"
    assert deleted[:5] == [secret] * 3 + [f"secret/{FALLBACK}", "serviceaccount/cluster1"]
    # With the right to bind the identity would lose what binds its tokens.
    waiting = result.output.index("two: waiting until tokens of cluster1 are refused")
    assert waiting < result.output.index(f"two: role/{SYSTEM}:cluster1 deleted")
    run("unbootstrap", "neighbour", "--yes")


def test_nothing_is_gained_in_the_last_seconds(
    run: Run, introduce: Callable[..., None], target: ControlPlane, source: ControlPlane
) -> None:
    """A stolen credential is in use all the time, and so API servers remember it."""
    introduce("greedy")
    rule = {
        "apiGroups": ["remote.multicluster.admiralty.io"],
        "resources": ["grants"],
        "resourceNames": ["greedy"],
        "verbs": ["bind"],
    }
    add = json.dumps([{"op": "add", "path": "/rules/-", "value": rule}])
    role = ("role", "-n", SYSTEM, f"{SYSTEM}:greedy")
    source.kubectl("patch", *role, "--type=json", "-p", add)
    path = "/api/v1/namespaces/apps/serviceaccounts/default/token"
    credential = decoded(get(target, "secret", "-n", SYSTEM, "of-greedy"))["token"]
    requests = (token_request(600), token_request(600, secret_name=grant_name("greedy")))
    gained: list[str] = []
    statuses: list[tuple[int, ...]] = []

    def request_all() -> tuple[int, ...]:
        replies = [client.post(source.server + path, json=body) for body in requests]
        gained.extend(reply.json()["status"]["token"] for reply in replies if reply.ok)
        return tuple(reply.status_code for reply in replies)

    def request_until_refused() -> None:
        while not statuses or statuses[-1] != (401, 401):
            statuses.append(request_all())

    with session(str(source.ca_file), credential) as client:
        # The policy holds as soon as API servers have noticed it and the role.
        until(lambda: request_all() == (403, 201))
        gained.clear()
        with ThreadPoolExecutor(1) as thread:
            done = thread.submit(request_until_refused)
            until(lambda: statuses)
            result = run("unbootstrap", "greedy", "--yes")
            done.result(timeout=30)
    assert result.exit_code == 0, result.output
    assert {unbound for unbound, _ in statuses} == {403, 401}
    assert gained
    assert {answer(source, token) for token in gained} == {401}


def test_a_dry_run_requests_nothing(
    run: Run, introduce: Callable[..., None], source: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    introduce("dry")
    before = secrets(source)
    sent = []
    send = Cluster._send  # noqa: SLF001

    def recorded(self: Cluster, method: str, *args: Any) -> Any:
        sent.append(method)
        return send(self, method, *args)

    with monkeypatch.context() as context:
        context.setattr(Cluster, "_send", recorded)
        result = run("unbootstrap", "dry", "--dry-run")
    assert (result.exit_code, set(sent)) == (0, {"GET"})
    title = f"two: secret/{grant_name('dry')} in namespace apps is to be deleted\n"
    assert title in result.stdout
    assert secrets(source) == before
    assert answer(source, bound_token(source, "apps", "default", "dry")) == 201


@pytest.mark.usefixtures("no_cache")
def test_the_source_only(run: Run, introduce: Callable[..., None], source: ControlPlane) -> None:
    introduce("alone")
    token = bound_token(source, "apps", "default", "alone")
    result = run("unbootstrap", "alone", "--yes", sides="source")
    assert result.exit_code == 0, result.output
    assert "alone's credential is refused" in result.stdout
    assert answer(source, token) == 401
    assert not secrets(source) & grants("alone")


def test_the_target_only(
    run: Run, introduce: Callable[..., None], target: ControlPlane, source: ControlPlane
) -> None:
    """Its imports' tokens end with the grants, as the credential says to which those are bound."""
    introduce("kept")
    credential = decoded(get(target, "secret", "-n", SYSTEM, "of-kept"))["token"]
    bound = bound_token(source, SYSTEM, "kept", "kept")
    data = decoded(get(target, "secret", "-n", SYSTEM, "of-kept"))
    changed = {key: value.replace(credential, bound) for key, value in data.items()}
    change = json.dumps({"stringData": changed})
    target.kubectl("patch", "secret", "-n", SYSTEM, "of-kept", "-p", change)
    manifest = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": "a", "namespace": "default"},
        "spec": {"clusterName": "of-kept", "namespace": "apps", "name": "default"},
    }
    target.kubectl("create", "-f", "-", input=json.dumps(manifest))
    result = run("unbootstrap", "kept", "--yes", sides="target")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "one: serviceaccountimport/of-kept deleted",
        "one: secret/of-kept deleted",
        "one: of-kept is not registered here any more.",
    ]
    assert (
        "one: the imports of of-kept stay (default/a). Nothing renews them any more; delete them,"
        " and their Secrets go too. Tokens that they hold end once the Secrets"
        f" {grant_name('kept')} of of-kept are deleted, as by kubemcsa unbootstrap --target-name"
        " kept --source-context CONTEXT.\n"
    ) in result.stderr
    assert secrets(source) >= grants("kept")
    assert answer(source, bound) == 201


@pytest.mark.usefixtures("no_cache")
def test_a_target_that_cannot_be_reached(
    introduce: Callable[..., None], target: ControlPlane, source: ControlPlane, tmp_path: Path
) -> None:
    introduce("lost")
    token = bound_token(source, "default", "default", "lost")
    server = f"https://127.0.0.1:{free_ports(1)[0]}"
    config = tmp_path / "config"
    config.write_text(target.kubeconfig.read_text().replace(target.server, server))
    flags = [f"--target-kubeconfig={config}", f"--source-kubeconfig={source.kubeconfig}"]
    names = ["--target-name=lost", "--source-name=of-lost", "--yes"]
    result = CliRunner().invoke(main, ["unbootstrap", *flags, *names], catch_exceptions=False)
    assert result.exit_code == 1
    assert "lost's credential is refused" in result.stdout
    refusal = f"context one: cannot reach {server}: the connection is refused;"
    assert refusal in result.stderr.splitlines()[-1]
    assert answer(source, token) == 401


@pytest.mark.usefixtures("no_cache")
def test_a_target_without_a_scope(run: Run) -> None:
    assert run("bootstrap", "wide").exit_code == 0
    result = run("unbootstrap", "wide", "--yes")
    assert re.search(
        r"^two: \d+ seconds after the deletion, wide's credential is refused. Tokens that it"
        r" requested for other accounts are good until they expire, at most a year, or until these"
        r" accounts are deleted\.$",
        result.stdout,
        re.MULTILINE,
    )


@pytest.mark.usefixtures("no_cache")
def test_a_secret_that_is_no_grant(
    run: Run, introduce: Callable[..., None], source: ControlPlane
) -> None:
    name = grant_name("taken")
    source.kubectl("create", "secret", "generic", "-n", "free", name)
    introduce("taken")
    result = run("unbootstrap", "taken", "--yes")
    stays = f"two: secret/{name} in namespace free was not made by kubemcsa, and stays.\n"
    assert stays in result.stderr
    assert f"free/{name}" in secrets(source)
    assert not secrets(source) & grants("taken")


@pytest.mark.usefixtures("no_cache")
def test_a_grant_that_cannot_be_deleted(
    run: Run, introduce: Callable[..., None], source: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tokens may be good; what other tokens end with goes, and the rest with the next run."""
    introduce("refused")
    delete = Cluster.delete

    def refusing(self: Cluster, body: Any) -> None:
        if body["metadata"].get("namespace") == "apps":
            raise ClusterError("context two: no.", 403)
        delete(self, body)

    with monkeypatch.context() as context:
        context.setattr(Cluster, "delete", refusing)
        result = run("unbootstrap", "refused", "--yes")
    assert result.exit_code == 1
    assert result.stderr.endswith("Error: context two: no.\n")
    assert result.stderr.count("Error: ") == 1
    assert result.stdout.splitlines()[-1] == "one: of-refused is not registered here any more."
    assert secrets(source) & grants("refused") == {f"apps/{grant_name('refused')}"}
    assert "refused" not in source.kubectl("get", "serviceaccounts", "-n", SYSTEM)
    again = run("unbootstrap", "refused", "--yes")
    assert again.exit_code == 0
    assert f"two: role/{SYSTEM}:refused deleted\n" in again.stdout
    assert not secrets(source) & grants("refused")


def test_tokens_that_go_on(
    run: Run, introduce: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    introduce("undead")
    with monkeypatch.context() as context:
        context.setattr(token_refusal, "_LIMIT_SECONDS", 1)
        context.setattr(Cluster, "delete", lambda self, body: None)
        result = run("unbootstrap", "undead", "--yes")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "Error: cluster two: 1 seconds after the deletion it still accepts tokens of undead: run"
        " the same command again.\n"
    )


def test_an_administrator_who_may_request_no_token(
    run: Run, introduce: Callable[..., None], source: ControlPlane, tmp_path: Path
) -> None:
    introduce("quiet")
    source.kubectl("create", "serviceaccount", "-n", "free", "some")
    rules = "--verb=get,list,delete,patch", "--resource=*.*"
    source.kubectl("create", "clusterrole", "some", *rules)
    binding = ("--clusterrole=some", "--serviceaccount=free:some")
    source.kubectl("create", "clusterrolebinding", "some", *binding)
    config = yaml.safe_load(source.kubeconfig.read_text())
    token = source.kubectl("create", "token", "-n", "free", "some").strip()
    config["users"][0]["user"] = {"token": token}
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config))
    who = (f"--kubeconfig={path}", "auth", "can-i", "delete", "secrets", "-A")
    until(lambda: source.kubectl(*who, check=False) == "yes\n")
    flags = [f"--source-kubeconfig={path}", "--target-name=quiet", "--yes"]
    result = CliRunner().invoke(main, ["unbootstrap", *flags], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "two: quiet may not import from here any more."
    said = "two: tokens of quiet end about 10 seconds after the deletion; this will not be checked:"
    assert said in result.stderr
    assert not secrets(source) & grants("quiet")
