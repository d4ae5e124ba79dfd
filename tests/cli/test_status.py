"""`kubemcsa status` of a real cluster, with all that can be wrong there."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from conftest import Kubemcsa
from mcsa_core.names import secret_name
from mcsa_core.token import claims
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.identities import SYSTEM
from support.cluster.loopback import free_ports
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.loopback import intermediate
from support.loopback.proxy import Proxy
from support.samples.signing import aged

pytestmark = pytest.mark.cluster

DAY = 86400
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A target of this module's own: status tells of all imports of a cluster."""
    with ControlPlane("one", tmp_path_factory.mktemp("one")) as cluster:
        cluster.kubectl("apply", "-f", str(ROOT / "deploy" / "crd.yaml"))
        # Established is not yet served.
        listed = ("get", "--raw", "/apis/multicluster.admiralty.io/v1alpha1/serviceaccountimports")
        until(lambda: cluster.kubectl(*listed, check=False))
        yield cluster


@pytest.fixture
def target(one: ControlPlane) -> Iterator[ControlPlane]:
    """It, with nothing in it before and after."""
    yield one
    one.kubectl("delete", "sai", "-A", "--all")
    one.kubectl("delete", "secrets", "-n", SYSTEM, "--all")


@pytest.fixture
def run(kubemcsa: Kubemcsa, target: ControlPlane, cluster2: ControlPlane) -> Run:
    def run(command: str, *args: str) -> Result:
        result = kubemcsa(command, *args, contexts=[target, cluster2])
        assert "eyJ" not in result.output
        return result

    return run


@pytest.fixture
def bootstrap(run: Run) -> Callable[..., None]:
    def bootstrap(*args: str, sync: bool = True) -> None:
        result = run("bootstrap", "one", "cluster2", *args)
        assert result.exit_code == 0, result.output
        if sync:
            assert run("sync", "-n", SYSTEM).exit_code == 0

    return bootstrap


@pytest.fixture
def create(target: ControlPlane) -> Callable[..., None]:
    """Creates an import of cluster2 or of another cluster."""

    def create(account: str, cluster: str = "cluster2", **spec: Any) -> None:
        namespace, name = account.split("/")
        manifest = {
            "apiVersion": "multicluster.admiralty.io/v1alpha1",
            "kind": "ServiceAccountImport",
            "metadata": {"name": "mine", "namespace": "default"},
            "spec": {"clusterName": cluster, "namespace": namespace, "name": name, **spec},
        }
        target.kubectl("create", "-f", "-", input=json.dumps(manifest))

    return create


REFUSED = (
    "it refuses the credential, which has expired, or whose service account or grant was deleted"
)
AGAIN = (
    "run kubemcsa bootstrap --target-context one --target-name one --source-name cluster2"
    " --source-context CONTEXT"
)
CREDENTIALS = ("cluster2", secret_name(SYSTEM, "cluster2"))
"""The Secret that registers cluster2, and the one that its import renews."""


def replace_token(
    target: ControlPlane, source: ControlPlane, name: str, age: int, life: int
) -> str:
    """The credential was granted `age` seconds ago; when it expires, as status shows it."""
    held = decoded(get(target, "secret", "-n", SYSTEM, name))
    old = aged(held["token"], source.signing_key, age, life)
    changed = {key: value.replace(held["token"], old) for key, value in held.items()}
    patch = json.dumps({"stringData": changed})
    target.kubectl("patch", "secret", "-n", SYSTEM, name, "-p", patch)
    token = claims(old)
    assert token is not None
    return datetime.fromtimestamp(token.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def register(target: ControlPlane, name: str, config: str) -> None:
    """By hand: just a kubeconfig."""
    literal = f"--from-literal=config={config}"
    target.kubectl("create", "secret", "generic", "-n", SYSTEM, name, literal)


def shape(value: Any) -> Any:
    """What a JSON value is made of."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


def test_nothing_to_tell(run: Run) -> None:
    result = run("status")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "context one: no cluster is registered: run kubemcsa bootstrap --target-context one"
        " --source-context CONTEXT --service-account NAMESPACE/NAME.\n"
    )


def test_all_is_well(run: Run, bootstrap: Callable[..., None], target: ControlPlane) -> None:
    bootstrap()
    expires = get(target, "sai", "-n", SYSTEM, "cluster2")["status"]["expirationTimestamp"]
    result = run("status")
    assert (result.exit_code, result.stderr) == (0, "")
    header, line = result.stdout.splitlines()
    assert re.split("  +", header) == [
        "CLUSTER",
        "CREDENTIAL EXPIRES",
        "SURVIVES OUTAGE",
        "IMPORTS READY",
        "OTHER SECRETS",
        "RENEWAL",
        "CHECKED",
    ]
    assert line.split() == ["cluster2", expires, "24d", "1/1", "0", "TokenIssued", "-"]
    checked = run("status", "--check")
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert checked.stdout.splitlines()[1].split()[-1] == "yes"


def test_secrets_beside_the_imports_own(
    run: Run,
    bootstrap: Callable[..., None],
    create: Callable[..., None],
    target: ControlPlane,
    cluster2: ControlPlane,
) -> None:
    bootstrap()
    cluster2.kubectl("create", "serviceaccount", "several-forms")
    others = [{"name": name, "data": {"value": "$(token)"}} for name in ("one", "two")]
    create("default/several-forms", secrets=others)
    assert run("sync", "-n", "default").exit_code == 0
    [cluster] = json.loads(run("status", "-o=json").stdout)["clusters"]
    # Nothing collects the garbage of this target.
    target.kubectl("delete", "secrets", "-n", "default", "--all")
    assert (cluster["imports"], cluster["otherSecrets"]) == ({"ready": 2, "total": 2}, 2)


def test_the_documented_schema(
    run: Run, bootstrap: Callable[..., None], create: Callable[..., None], cluster2: ControlPlane
) -> None:
    document = (ROOT / "docs" / "status.md").read_text()
    documented = json.loads(document.partition("```json\n")[2].partition("```")[0])
    bootstrap()
    create("default/missing")
    run("sync", "-n", "default")
    found = json.loads(run("status", "--check", "-o=json").stdout)
    assert run("status", "--check", "-o=yaml").stdout == yaml.safe_dump(found, sort_keys=False)
    assert found["clusters"][0].pop("problems") == []
    assert found["clusters"][0]["mayImport"] == ["*"]
    documented["clusters"][0].pop("problems")
    assert shape(found) == shape(documented)
    assert found["notReady"][0]["reason"] == "ServiceAccountNotFound"
    assert found["clusters"][0]["imports"] == {"ready": 1, "total": 2}
    assert (found["context"], found["healthy"]) == ("one", False)
    fields = set(re.findall(r"^\| `(\w+)`", document, re.MULTILINE))
    assert fields == {*found, *found["clusters"][0], "problems"} - {"name"}


def test_imports_that_are_not_ready(
    run: Run, bootstrap: Callable[..., None], create: Callable[..., None]
) -> None:
    bootstrap(sync=False)
    create("default/missing")
    result = run("status")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].split()[3:] == ["0/2", "0", "NotSynced", "-"]
    unseen = (
        "NotSynced: The hooks have not looked at it since it was made or changed: see that"
        " Metacontroller and the hooks run, or run kubemcsa sync -A."
    )
    assert result.stderr.splitlines() == [
        f"default/mine: {unseen}",
        f"{SYSTEM}/cluster2: {unseen}",
    ]
    run("sync", "-A")
    result = run("status")
    assert result.exit_code == 1
    assert result.stderr == (
        "default/mine: ServiceAccountNotFound: There is no service account default/missing of"
        " cluster cluster2: create it, or correct the import.\n"
    )


def test_an_import_that_was_changed(
    run: Run, bootstrap: Callable[..., None], target: ControlPlane
) -> None:
    bootstrap()
    patch = json.dumps({"spec": {"expirationSeconds": 3600}})
    target.kubectl("patch", "sai", "-n", SYSTEM, "cluster2", "--type=merge", "-p", patch)
    assert run("status").stderr.startswith(f"{SYSTEM}/cluster2: NotSynced: ")


def test_a_token_that_has_expired(
    run: Run, bootstrap: Callable[..., None], target: ControlPlane
) -> None:
    bootstrap()
    past = json.dumps({"status": {"expirationTimestamp": "2020-01-01T00:00:00Z"}})
    change = ("--subresource=status", "--type=merge", "-p", past)
    target.kubectl("patch", "sai", "-n", SYSTEM, "cluster2", *change)
    result = run("status")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{SYSTEM}/cluster2: TokenExpired: Its token has expired at 20")


def test_a_cluster_that_is_not_registered(run: Run, create: Callable[..., None]) -> None:
    create("default/a", "nowhere")
    run("sync", "-A")
    result = run("status", "--check")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].split() == ["nowhere", "-", "-", "0/1", "0", "-", "failed"]
    lines = result.stderr.splitlines()
    said = (
        "there is no credential for it: run kubemcsa bootstrap --target-context one --source-name"
        " nowhere --source-context CONTEXT --service-account default/a, or correct the clusterName"
        " of default/mine."
    )
    assert lines[0] == f"cluster nowhere: {said}"
    assert lines[-1].startswith("default/mine: ClusterNotBootstrapped: ")


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (31 * DAY, "cluster cluster2: its credential has expired at 20"),
        (
            13 * DAY,
            "is not renewed: see that Metacontroller and the hooks run, or run kubemcsa sync -A.",
        ),
        (11 * DAY, ""),
    ],
)
def test_the_age_of_the_credential(
    run: Run,
    bootstrap: Callable[..., None],
    target: ControlPlane,
    cluster2: ControlPlane,
    age: int,
    said: str,
) -> None:
    bootstrap()
    for name in CREDENTIALS:
        replace_token(target, cluster2, name, age, 30 * DAY)
    result = run("status")
    assert result.exit_code == bool(said)
    assert said in result.stderr


@pytest.mark.parametrize(("living", "expired"), [CREDENTIALS, CREDENTIALS[::-1]])
def test_the_credential_issued_last_has_expired(
    run: Run,
    bootstrap: Callable[..., None],
    target: ControlPlane,
    cluster2: ControlPlane,
    living: str,
    expired: str,
) -> None:
    """The hooks call the source with the other one, and status tells of that."""
    bootstrap()
    expires = replace_token(target, cluster2, living, 10 * DAY, 30 * DAY)
    replace_token(target, cluster2, expired, 5 * DAY, DAY)
    # No token is replaced before its Secret is 30 s old.
    until(lambda: run("sync", "-n", SYSTEM, "--dry-run").exit_code == 0)
    for flags, checked in (((), "-"), (("--check",), "yes")):
        result = run("status", *flags)
        assert (result.exit_code, result.stderr) == (0, "")
        line = result.stdout.splitlines()[1].split()
        assert line == ["cluster2", expires, "19d", "1/1", "0", "TokenIssued", checked]


def test_both_credentials_have_expired(
    run: Run, bootstrap: Callable[..., None], target: ControlPlane, cluster2: ControlPlane
) -> None:
    bootstrap()
    expires = replace_token(target, cluster2, CREDENTIALS[0], 5 * DAY, DAY)
    replace_token(target, cluster2, CREDENTIALS[1], 6 * DAY, 3 * DAY)
    result = run("status", "--check")
    assert result.stdout.splitlines()[1].split()[1] == expires
    assert result.stderr.splitlines() == [
        f"cluster cluster2: its credential has expired at {expires}: {AGAIN}.",
        f"cluster cluster2: {REFUSED}: {AGAIN}.",
    ]


def test_no_import_renews_the_credential(
    run: Run, bootstrap: Callable[..., None], create: Callable[..., None], target: ControlPlane
) -> None:
    """Without this it would be healthy until its last second."""
    bootstrap()
    create("default/a")
    target.kubectl("delete", "sai", "-n", SYSTEM, "cluster2")
    target.kubectl("delete", "secret", "-n", SYSTEM, CREDENTIALS[1])
    result = run("status")
    assert result.exit_code == 1
    [_, expires, outage, _, _, reason, _] = result.stdout.splitlines()[1].split()
    assert (outage, reason) == ("29d", "-")
    assert result.stderr.splitlines()[0] == (
        f"cluster cluster2: no import renews its credential, which expires at {expires}: run"
        " kubemcsa bootstrap --target-context one --source-name cluster2 --source-context CONTEXT."
    )


def test_a_credential_by_hand_that_no_import_renews(
    run: Run, create: Callable[..., None], target: ControlPlane, cluster2: ControlPlane
) -> None:
    target.kubectl("create", "namespace", SYSTEM, check=False)
    cluster2.kubectl("create", "serviceaccount", "by-hand")
    token = cluster2.kubectl("create", "token", "by-hand", "--duration=24h").strip()
    config = json.loads(cluster2.kubeconfig.read_text())
    create("default/a", "manual")
    register(target, "manual", json.dumps(config))
    assert run("status", "-o=json").exit_code == 1
    assert json.loads(run("status", "-o=json").stdout)["clusters"][0]["outageSeconds"] is None
    assert "no import renews" not in run("status").stderr
    target.kubectl("delete", "secret", "-n", SYSTEM, "manual")
    config["users"][0]["user"]["token"] = token
    register(target, "manual", json.dumps(config))
    result = run("status")
    [_, expires, outage, *_] = result.stdout.splitlines()[1].split()
    assert outage == "23h"
    assert result.stderr.splitlines()[0] == (
        f"cluster manual: its credential expires at {expires}, and no import renews it: put another"
        f" one into Secret {SYSTEM}/manual before, or delete that Secret and run kubemcsa bootstrap"
        " --target-context one --source-name manual --source-context CONTEXT."
    )


def test_a_fallback_that_never_expires(
    run: Run, bootstrap: Callable[..., None], target: ControlPlane, cluster2: ControlPlane
) -> None:
    bootstrap()
    held = decoded(get(target, "secret", "-n", SYSTEM, "cluster2"))
    changed = {key: value.replace(held["token"], "static") for key, value in held.items()}
    patch = json.dumps({"stringData": changed})
    target.kubectl("patch", "secret", "-n", SYSTEM, "cluster2", "-p", patch)
    result = run("status")
    assert (result.exit_code, result.stderr) == (0, "")
    [_, expires, outage, *_] = result.stdout.splitlines()[1].split()
    assert (expires[:2], outage) == ("20", "any")
    expires = replace_token(target, cluster2, CREDENTIALS[1], 40 * DAY, 30 * DAY)
    result = run("status")
    assert result.stdout.splitlines()[1].split()[1:3] == ["never", "any"]
    assert result.stderr == (
        f"cluster cluster2: its renewed credential has expired at {expires}, and the hooks use the"
        " one that never expires: see that Metacontroller and the hooks run, or run kubemcsa"
        " sync -A.\n"
    )


def test_a_secret_of_another_type(
    run: Run, create: Callable[..., None], target: ControlPlane
) -> None:
    target.kubectl("create", "namespace", SYSTEM, check=False)
    secret = ("create", "secret", "generic", "-n", SYSTEM, "typed", "--from-literal=config=a")
    target.kubectl(*secret, "--type=example.com/other")
    create("default/a", "typed")
    assert run("status").stderr.startswith(
        f"cluster typed: the credential in Secret {SYSTEM}/typed can't be used: its type is not"
        " Opaque.\n"
    )


def test_a_malformed_credential(
    run: Run, create: Callable[..., None], target: ControlPlane
) -> None:
    target.kubectl("create", "namespace", SYSTEM, check=False)
    register(target, "broken", "users: [{token: very-secret}]")
    create("default/a", "broken")
    result = run("status", "--check")
    assert result.exit_code == 1
    assert (
        f"cluster broken: the credential in Secret {SYSTEM}/broken can't be used: contexts is"
        " missing or empty.\n"
    ) in result.stderr
    assert "very-secret" not in result.output


def test_check_a_source_that_can_not_be_reached(
    run: Run, create: Callable[..., None], target: ControlPlane, cluster2: ControlPlane
) -> None:
    target.kubectl("create", "namespace", SYSTEM, check=False)
    server = f"https://127.0.0.1:{free_ports(1)[0]}"
    register(target, "dead", cluster2.kubeconfig.read_text().replace(cluster2.server, server))
    create("default/a", "dead")
    result = run("status", "--check")
    assert result.exit_code == 1
    assert (
        f"cluster dead: it cannot be reached from here at {server}: the connection is refused; that"
        " is a fault only if the target's pods can't reach it either. If its address or CA has"
        " changed, take back what is registered with kubemcsa unbootstrap, then"
        f" {AGAIN.replace(' --target-name one', '').replace('cluster2', 'dead')}.\n"
    ) in result.stderr
    assert "cannot be reached" not in run("status").stderr


def test_check_a_source_that_is_somebody_else(
    run: Run, create: Callable[..., None], target: ControlPlane, cluster2: ControlPlane
) -> None:
    """The credential's own CA counts, and no other."""
    target.kubectl("create", "namespace", SYSTEM, check=False)
    config = cluster2.kubeconfig.read_text().replace(cluster2.server, target.server)
    register(target, "elsewhere", config)
    create("default/a", "elsewhere")
    result = run("status", "--check")
    assert (
        f"cluster elsewhere: it cannot be reached from here at {target.server}: its certificate is"
        " signed by another CA than the one that is given for it;"
    ) in result.stderr


def test_check_a_source_whose_ca_is_an_intermediate_one(
    run: Run, create: Callable[..., None], target: ControlPlane, tmp_path: Path
) -> None:
    """The credential has no root CA; the hooks accept that, and so does status."""
    chain = intermediate.chain(tmp_path)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "ca.crt").write_text(chain.root)
    flags = [f"--tls-cert-file={chain.certificates}", f"--tls-private-key-file={chain.key}"]
    target.kubectl("create", "namespace", SYSTEM, check=False)
    with ControlPlane("source", tmp_path / "source", flags=flags) as source:
        config = json.loads(source.kubeconfig.read_text())
        data = base64.b64encode(chain.intermediate.encode()).decode()
        config["clusters"][0]["cluster"]["certificate-authority-data"] = data
        register(target, "source", json.dumps(config))
        source.kubectl("create", "serviceaccount", "a")
        create("default/a", "source")
        synced = run("sync", "-A")
        assert synced.exit_code == 0, synced.output
        result = run("status", "--check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1].split()[-1] == "yes"


def test_check_through_a_proxy_and_by_another_name(
    run: Run, create: Callable[..., None], target: ControlPlane, cluster2: ControlPlane
) -> None:
    target.kubectl("create", "namespace", SYSTEM, check=False)
    config = json.loads(cluster2.kubeconfig.read_text())
    with Proxy() as proxy:
        config["clusters"][0]["cluster"] |= {
            "proxy-url": proxy.url,
            "tls-server-name": "kubernetes.default.svc",
        }
        register(target, "proxied", json.dumps(config))
        create("default/a", "proxied")
        result = run("status", "--check")
    assert result.stdout.splitlines()[1].split()[-1] == "yes"
    assert set(proxy.asked) == {cluster2.server.removeprefix("https://")}


def test_check_a_credential_that_is_refused(
    run: Run, bootstrap: Callable[..., None], cluster2: ControlPlane
) -> None:
    bootstrap("--target-name=refused")
    cluster2.kubectl("delete", "serviceaccount", "-n", SYSTEM, "refused")
    command = AGAIN.replace("--target-name one", "--target-name refused")
    said = f"cluster cluster2: {REFUSED}: {command}.\n"
    assert until(lambda: said in run("status", "--check").stderr)
    assert run("status").exit_code == 0


def test_check_rights(
    run: Run,
    bootstrap: Callable[..., None],
    create: Callable[..., None],
    cluster2: ControlPlane,
    namespace: str,
) -> None:
    bootstrap("--target-name=limited", f"--service-account={namespace}/other")
    create(f"{namespace}/wanted")
    result = run("status", "--check")
    assert result.exit_code == 1
    command = AGAIN.replace("--target-name one", "--target-name limited")
    assert (
        f"cluster cluster2: the credential may not import {namespace}/wanted: {command}"
        f" --service-account {namespace}/wanted, or correct the imports. Of kube-* namespaces none"
        " ever may.\n"
    ) in result.stderr
    bootstrap("--target-name=limited", f"--service-account={namespace}/wanted", sync=False)
    until(lambda: "may not import" not in run("status", "--check").stderr)


@pytest.fixture
def reader(target: ControlPlane, tmp_path: Path) -> Callable[..., Path]:
    """The kubeconfig of somebody with those rights."""

    def kubeconfig(name: str, *, imports: bool, secrets: bool) -> Path:
        account = ("-n", "default", name)
        target.kubectl("create", "serviceaccount", *account)
        subject = f"--serviceaccount=default:{name}"
        target.kubectl("create", "namespace", SYSTEM, check=False)
        if imports:
            what = "--resource=serviceaccountimports.multicluster.admiralty.io"
            target.kubectl("create", "clusterrole", name, "--verb=list", what)
            target.kubectl("create", "clusterrolebinding", name, f"--clusterrole={name}", subject)
        if secrets:
            scope = ("-n", SYSTEM, name)
            target.kubectl("create", "role", *scope, "--verb=list", "--resource=secrets")
            target.kubectl("create", "rolebinding", *scope, f"--role={name}", subject)
        config = yaml.safe_load(target.kubeconfig.read_text())
        token = target.kubectl("create", "token", *account).strip()
        config["users"][0]["user"] = {"token": token}
        path = tmp_path / name
        path.write_text(yaml.safe_dump(config))
        return path

    return kubeconfig


def test_the_rights_that_it_takes(
    run: Run, bootstrap: Callable[..., None], reader: Callable[..., Path]
) -> None:
    bootstrap()
    enough = reader("enough", imports=True, secrets=True)
    until(lambda: run("status", f"--kubeconfig={enough}").exit_code == 0)
    result = run("status", f"--kubeconfig={enough}")
    assert result.stdout == run("status").stdout


@pytest.mark.parametrize(
    ("imports", "said"), [(False, "serviceaccountimports."), (True, "secrets is forbidden")]
)
def test_too_few_rights(
    run: Run, bootstrap: Callable[..., None], reader: Callable[..., Path], imports: bool, said: str
) -> None:
    bootstrap()
    few = reader(f"few-{imports}".lower(), imports=imports, secrets=False)
    expected = f"Error: context one: {said}"
    until(lambda: run("status", f"--kubeconfig={few}").stderr.startswith(expected))
    result = run("status", f"--kubeconfig={few}")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "is forbidden" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_unreachable(kubemcsa: Kubemcsa, one: ControlPlane, tmp_path: Path) -> None:
    config = tmp_path / "config"
    server = f"https://127.0.0.1:{free_ports(1)[0]}"
    config.write_text(one.kubeconfig.read_text().replace(one.server, server))
    result = kubemcsa("status", f"--kubeconfig={config}", contexts=[])
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        f"Error: context one: cannot reach {server}: the connection is refused; see whether the"
        " cluster runs, and whether address and port are right.\n"
    )


def test_no_crd(kubemcsa: Kubemcsa, cluster2: ControlPlane) -> None:
    result = kubemcsa("status", contexts=[cluster2])
    assert result.exit_code == 3
    assert result.stderr == (
        "Error: context cluster2: the cluster does not know ServiceAccountImports: choose"
        " the context of a cluster that has imports, or install multicluster-service-account"
        " there first, at least by kubectl --context cluster2 apply -f deploy/crd.yaml.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code"), [(["-o=table"], 2), (["--context=none"], 3), (["name"], 2)]
)
def test_bad_input(kubemcsa: Kubemcsa, one: ControlPlane, arguments: list[str], code: int) -> None:
    result = kubemcsa("status", *arguments, contexts=[one])
    assert (result.exit_code, result.stdout) == (code, "")
