"""Imports by namespace under the real Metacontroller."""

from contextlib import suppress
from typing import Any

import pytest

from support.cluster import ClusterError
from support.cluster.reading import get
from support.cluster.waiting import until
from support.engine.metacontroller import MANIFESTS
from support.engine.stack import Import, Stack

ANNOTATION = "multicluster.admiralty.io/service-account-imports"
ERROR = f"{ANNOTATION}.error"


class Namespace:
    """A namespace that asks for imports by annotation."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack, self.name = stack, name
        stack.cluster1.kubectl("label", "namespace", name, "multicluster-service-account=enabled")

    def annotate(self, *entries: str) -> None:
        """Ask for these imports."""
        value = ",".join(entries)
        argument = f"{ANNOTATION}={value}" if value else f"{ANNOTATION}-"
        self.stack.cluster1.kubectl("annotate", "--overwrite", "namespace", self.name, argument)

    def read(self) -> Any:
        """As it is now."""
        return get(self.stack.cluster1, "namespace", self.name)

    def error(self) -> str:
        """What its error annotation says; empty if there is none."""
        return str(self.read()["metadata"].get("annotations", {}).get(ERROR, ""))

    def imports(self) -> dict[str, Any]:
        """Its imports by name."""
        found = get(self.stack.cluster1, "sai", "-n", self.name)["items"]
        return {one["metadata"]["name"]: one for one in found}

    def until(self, *names: str) -> None:
        """It has these imports."""
        until(lambda: set(self.imports()) == set(names))


@pytest.fixture(scope="module")
def policy(stack: Stack) -> None:
    """The component's policies, which come with it."""
    stack.cluster1.kubectl("apply", "-f", str(MANIFESTS / "namespaces" / "policy.yaml"))


@pytest.fixture
def apps(stack: Stack, policy: None, introduced: None, namespace: str) -> Namespace:
    return Namespace(stack, namespace)


def test_names_come_and_go(stack: Stack, apps: Namespace) -> None:
    one = f"cluster2/{apps.name}/pod-lister"
    apps.annotate(one)
    imported = Import(stack, apps.name, f"cluster2-{apps.name}-pod-lister")
    until(lambda: imported.name in apps.imports())
    imported.until("TokenIssued")
    assert until(imported.secret)
    assert imported.who()
    apps.annotate(one, "cluster3/default/other")
    apps.until(imported.name, "cluster3-default-other")
    apps.annotate("cluster3/default/other")
    apps.until("cluster3-default-other")
    until(lambda: imported.secret() is None)
    apps.annotate()
    apps.until()


def test_bad_entries_are_named_and_do_not_hinder(apps: Namespace) -> None:
    apps.annotate("a/b/c", "bad", "a-b/c/d", "a/b-c/d")
    apps.until("a-b-c", "a-b-c-d")
    assert until(apps.error) == (
        "'bad' is not CLUSTER/NAMESPACE/NAME; 'a/b-c/d' gives the same name as another, a-b-c-d"
    )
    apps.annotate("a/b/c", "a-b/c/d")
    until(lambda: apps.error() == "")
    apps.until("a-b-c", "a-b-c-d")


def test_an_import_made_by_hand(stack: Stack, apps: Namespace) -> None:
    by_hand = Import(stack, apps.name, "a-b-c")
    by_hand.create()
    before = apps.imports()["a-b-c"]
    apps.annotate("a/b/c", "a/b/d")
    apps.until("a-b-c", "a-b-d")
    assert until(apps.error) == "'a/b/c' is skipped, as there is an import a-b-c"
    apps.annotate("a/b/e")
    apps.until("a-b-c", "a-b-e")
    after = apps.imports()["a-b-c"]
    assert (after["spec"], after["metadata"]["uid"]) == (before["spec"], before["metadata"]["uid"])
    assert "ownerReferences" not in after["metadata"]
    assert "annotations" not in after["metadata"]
    stack.cluster1.kubectl("delete", "sai", "-n", apps.name, "a-b-c")
    apps.annotate("a/b/c")
    apps.until("a-b-c")
    until(lambda: apps.error() == "")


def test_imports_made_by_hand_at_the_same_time(stack: Stack, apps: Namespace) -> None:
    """Before Metacontroller can have seen them: the API server decides."""
    names = [f"a-b-n{number}" for number in range(30)]
    for name in names:
        apps.annotate(f"a/b/{name.removeprefix('a-b-')}")
        with suppress(ClusterError):
            Import(stack, apps.name, name).create(name="by-hand")
    apps.annotate()
    by_hand = {name for name, one in apps.imports().items() if one["spec"]["name"] == "by-hand"}
    until(lambda: set(apps.imports()) == by_hand)
    assert all("ownerReferences" not in one["metadata"] for one in apps.imports().values())


def test_a_change_by_hand_is_undone(stack: Stack, apps: Namespace) -> None:
    apps.annotate("a/b/c")
    apps.until("a-b-c")
    patch = '{"spec":{"name":"other"}}'
    stack.cluster1.kubectl("patch", "sai", "-n", apps.name, "a-b-c", "--type=merge", "-p", patch)
    until(lambda: apps.imports()["a-b-c"]["spec"]["name"] == "c")
    stack.cluster1.kubectl("delete", "sai", "-n", apps.name, "a-b-c")
    apps.until("a-b-c")


def test_two_hundred_and_no_loop(stack: Stack, apps: Namespace) -> None:
    apps.annotate("bad", *(f"c/d/n{number}" for number in range(200)))
    until(lambda: len(apps.imports()) == 200)
    until(apps.error)
    settled = apps.read()["metadata"]["resourceVersion"]
    # Another namespace has come and gone by the time that a loop would have shown.
    stack.cluster1.kubectl("create", "namespace", f"{apps.name}-other")
    other = Namespace(stack, f"{apps.name}-other")
    other.annotate("a/b/c")
    other.until("a-b-c")
    assert apps.read()["metadata"]["resourceVersion"] == settled
    assert all(one["metadata"]["generation"] == 1 for one in apps.imports().values())


def test_when_the_label_goes_the_imports_stay(stack: Stack, apps: Namespace) -> None:
    apps.annotate("a/b/c")
    apps.until("a-b-c")
    stack.cluster1.kubectl("label", "namespace", apps.name, "multicluster-service-account-")
    apps.annotate("a/b/d")
    other = Namespace(stack, "default")
    other.annotate("x/y/z")
    other.until("x-y-z")
    apps.until("a-b-c")
    other.annotate()
    other.until()
