"""A source that grants a day: all recovers by itself after the hooks stood still for long."""

import json
from collections.abc import Iterator

import pytest

from mcsa_core.names import secret_name
from mcsa_core.token import claims
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.engine.metacontroller import Metacontroller
from support.engine.stack import Import, Stack
from support.loopback.gunicorns import HookServer
from support.samples.aging import age, put

SYSTEM = "multicluster-service-account"
FIRST, RENEWED = "cluster2", secret_name(SYSTEM, "cluster2")
HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def capped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """As `stack`; the source grants 24 hours, as EKS does, and writes tokens into Secrets."""
    folder = tmp_path_factory.mktemp("capped")
    cap = ["--service-account-max-token-expiration=24h"]
    with (
        ControlPlane("cluster1", folder / "1", controller_manager=True) as cluster1,
        ControlPlane("cluster2", folder / "2", controller_manager=True, flags=cap) as cluster2,
        HookServer(folder, {"GUNICORN_CMD_ARGS": "--access-logfile=-"}) as hooks,
    ):
        for file in ("crd.yaml", "policy-secrets.yaml"):
            cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / file))
        with Metacontroller(cluster1, folder, hooks.url) as engine:
            yield Stack(cluster1, cluster2, hooks, engine)


@pytest.fixture
def ready(capped: Stack, request: pytest.FixtureRequest) -> Import:
    """An import that is Ready, and a renewed credential."""
    namespace = "ns-" + request.node.name.replace("_", "-")[:40]
    for cluster in (capped.cluster1, capped.cluster2):
        cluster.kubectl("create", "namespace", namespace)
    capped.cluster2.kubectl("create", "serviceaccount", "-n", namespace, "pod-lister")
    capped.bootstrap()
    sai = Import(capped, namespace)
    sai.create()
    sai.until("TokenIssued")
    until(sai.secret)
    until(lambda: credential(capped, RENEWED))
    return sai


def credential(stack: Stack, name: str) -> str:
    """The token of one of the two credentials, empty if there is none."""
    secrets = get(stack.cluster1, "secrets", "-n", SYSTEM)["items"]
    return next((decoded(s)["token"] for s in secrets if s["metadata"]["name"] == name), "")


def is_new(token: str, old: str) -> bool:
    """Whether a token was granted by the source after `old` was made."""
    return token not in ("", old)


def test_a_day_s_credential_is_renewed_after_a_fifth(capped: Stack, ready: Import) -> None:
    old = age(capped, SYSTEM, RENEWED, 5 * HOUR, DAY)
    until(lambda: is_new(credential(capped, RENEWED), old))
    token = claims(credential(capped, RENEWED))
    assert token is not None
    assert token.expires_at - token.issued_at == DAY


def test_18_hours(capped: Stack, ready: Import) -> None:
    """They begin when the credential was about to be renewed, and the import's token too."""
    capped.hooks.stop()
    age(capped, SYSTEM, FIRST, 5 * DAY, DAY)
    credentials_token = age(capped, SYSTEM, RENEWED, DAY // 5 + 18 * HOUR, DAY)
    imports_token = age(capped, ready.namespace, ready.secret_name, 16 * HOUR + 18 * HOUR, DAY)
    assert not ready.who()
    capped.hooks.start()
    until(lambda: is_new(ready.token(), imports_token), 120)
    assert ready.who()
    until(lambda: is_new(credential(capped, RENEWED), credentials_token), 120)


def test_40_days_with_a_fallback(capped: Stack, ready: Import) -> None:
    put(capped, SYSTEM, FIRST, fallback(capped.cluster2))
    capped.hooks.stop()
    credentials_token = age(capped, SYSTEM, RENEWED, 40 * DAY, DAY)
    imports_token = age(capped, ready.namespace, ready.secret_name, 40 * DAY, DAY)
    assert not ready.who()
    capped.hooks.start()
    until(lambda: is_new(ready.token(), imports_token), 120)
    assert ready.who()
    until(lambda: is_new(credential(capped, RENEWED), credentials_token), 120)


def fallback(source: ControlPlane) -> str:
    """A token of the identity that never expires, which Kubernetes writes into a Secret."""
    name = "cluster1-never-expiring"
    annotations = {"kubernetes.io/service-account.name": "cluster1"}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": SYSTEM, "annotations": annotations},
        "type": "kubernetes.io/service-account-token",
    }
    source.kubectl("create", "-f", "-", input=json.dumps(secret))

    def token() -> str:
        written = get(source, "secret", "-n", SYSTEM, name)
        return decoded(written).get("token", "") if written.get("data") else ""

    return until(token)
