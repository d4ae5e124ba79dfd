"""What dies comes back, and nothing is lost: under the real Metacontroller."""

from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.engine.stack import Import, Stack
from support.samples.aging import age

SYSTEM = "multicluster-service-account"
RENEWED = "cluster2-token-ys4bs"
DAY = 86400


def new_import(imported: Import, name: str) -> Import:
    """Another import beside that one, Ready."""
    other = Import(imported.stack, imported.namespace, name)
    other.create()
    other.until("TokenIssued")
    until(other.secret)
    return other


def credential(stack: Stack, name: str) -> str:
    """The token of one of the two credentials, empty if there is none."""
    found = get(stack.cluster1, "secrets", "-n", SYSTEM)["items"]
    tokens = (decoded(s)["token"] for s in found if s["metadata"]["name"] == name)
    return next(tokens, "")


def test_the_credential_renews_itself(stack: Stack, imported: Import) -> None:
    until(lambda: credential(stack, RENEWED))
    stack.cluster1.kubectl("delete", "secret", "-n", SYSTEM, "cluster2")
    assert new_import(imported, "after-the-first-is-gone").who()
    held = credential(stack, RENEWED)
    old = age(stack, SYSTEM, RENEWED, 25 * DAY, 30 * DAY)
    until(lambda: credential(stack, RENEWED) not in (held, old))
    assert new_import(imported, "after-the-renewal").who()
    stack.bootstrap()


def test_the_hooks_restart(stack: Stack, imported: Import) -> None:
    before = imported.secret()
    stack.hooks.stop()
    other = Import(stack, imported.namespace, "while-they-were-away")
    other.create()
    stack.hooks.start()
    other.until("TokenIssued")
    assert until(other.secret)
    assert other.who()
    assert imported.secret() == before


def test_the_api_server_of_the_target_restarts(stack: Stack, imported: Import) -> None:
    before = imported.secret()
    stack.cluster1.stop_apiserver()
    stack.cluster1.start_apiserver()
    assert new_import(imported, "after-the-restart").who()
    assert imported.secret() == before
