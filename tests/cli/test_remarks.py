"""What bootstrap says about a scope before it changes it."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from kubemcsa.introduction.earlier import Earlier
from kubemcsa.introduction.grants import grant
from kubemcsa.introduction.plan import Plan
from kubemcsa.introduction.remarks import remarks
from kubemcsa.introduction.rights import roles_and_bindings
from kubemcsa.introduction.scope import EVERYTHING, Scope, ScopeRequest
from kubemcsa.introduction.suspicions import suspicions
from mcsa_core.endpoint import Endpoint
from support.cluster.identities import SYSTEM

LISTER = Scope(accounts=(("default", "lister"),))
BOTH = LISTER.union(Scope(accounts=(("default", "writer"), ("apps", "writer"))))
WHOLE = Scope(namespaces=("default",))
TARGET, SOURCE = "cluster1", "cluster2"


def plan(named: Scope, before: Scope | None = None, *, grants: bool = True, **flags: bool) -> Plan:
    earlier = Earlier()
    if before is not None:
        bodies = roles_and_bindings(TARGET, before)
        spaces = (SYSTEM, *before.names()) if grants else ()
        earlier = Earlier(
            [body for body in bodies if body["kind"] != "ClusterRole"],
            [grant(TARGET, space) for space in spaces],
        )
    request = ScopeRequest(named, **flags)
    return Plan(SOURCE, TARGET, request, Endpoint("https://a", "a CA"), 3600, earlier)


def service_account_import(account: str, expires: str | None, cluster: str = SOURCE) -> Any:
    namespace, name = account.split("/")
    spec = {"clusterName": cluster, "namespace": namespace, "name": name}
    status = {"expirationTimestamp": expires} if expires else {}
    return {"metadata": {"namespace": "a", "name": name}, "spec": spec, "status": status}


IMPORTS = [
    service_account_import("default/lister", "2026-12-01T00:00:00Z"),
    service_account_import("default/writer", "2026-11-02T00:00:00Z"),
    service_account_import("apps/writer", "2026-11-03T00:00:00Z"),
    service_account_import("apps/writer", None),
    service_account_import("apps/writer", "2026-11-05T00:00:00Z", "cluster3"),
    service_account_import(f"{SYSTEM}/cluster1", "2026-12-30T00:00:00Z"),
]


@pytest.mark.parametrize(
    "quiet",
    [
        plan(LISTER),
        plan(Scope(), LISTER),
        plan(BOTH, LISTER),
        plan(Scope(), EVERYTHING),
        plan(Scope(), EVERYTHING, everything=True),
        plan(BOTH, LISTER, replace=True),
    ],
)
def test_nothing_is_taken_away(quiet: Plan) -> None:
    assert remarks(quiet, IMPORTS) == []


def test_nothing_is_left_to_revoke() -> None:
    assert remarks(plan(LISTER, LISTER, replace=True, revoke=True), IMPORTS) == [
        "This run takes nothing away from cluster1, so --revoke ends no token. To end tokens of"
        " accounts that an earlier run took away, run kubectl -n NAMESPACE delete secret"
        " multicluster-service-account.cluster1 for their NAMESPACE, then kubemcsa bootstrap."
    ]


@pytest.mark.parametrize(
    "wide", [plan(Scope()), plan(Scope(), everything=True), plan(Scope(), LISTER, everything=True)]
)
@pytest.mark.parametrize(
    ("imports", "what", "accounts"),
    [
        (
            [*IMPORTS, service_account_import("kube-system/a", None)],
            " to what it imports now",
            "apps/writer --service-account default/lister --service-account default/writer",
        ),
        (
            [service_account_import("default/$(id)", None)],
            " to what it imports now",
            "'default/$(id)'",
        ),
        ([service_account_import(f"default/{n}", None) for n in range(11)], "", "NAMESPACE/NAME"),
        ([], "", "NAMESPACE/NAME"),
        (None, "", "NAMESPACE/NAME"),
    ],
)
def test_everything(wide: Plan, imports: list[Any] | None, what: str, accounts: str) -> None:
    assert remarks(wide, imports) == [
        "cluster1 may import every service account of cluster2, which is close to being"
        f" cluster-admin there, with tokens that are bound to no grant: to limit it{what}, run"
        f" kubemcsa bootstrap --replace --service-account {accounts}."
    ]


def test_accounts_that_are_in_everything() -> None:
    assert remarks(plan(LISTER, EVERYTHING), IMPORTS) == [
        "cluster1 may import every service account already, so the named ones change nothing: to"
        " limit it to them, add --replace."
    ]


@pytest.mark.parametrize(
    ("imports", "until"),
    [
        (IMPORTS, "until they expire, the last of its imports at 2026-11-03T00:00:00Z"),
        ([], "until they expire, after a year at most"),
        (None, "until they expire, after a year at most"),
    ],
)
def test_accounts_that_are_taken_away(imports: list[Any] | None, until: str) -> None:
    secret = "secret multicluster-service-account.cluster1"
    assert remarks(plan(LISTER, BOTH, replace=True), imports) == [
        "cluster1 may not import service account apps/writer, service account default/writer any"
        f" more. Its tokens of these stay valid {until}. This run would end them with --revoke;"
        f" after it, kubectl -n apps delete {secret} && kubectl -n default delete {secret} &&"
        " kubemcsa bootstrap does."
    ]


def test_accounts_that_are_taken_away_at_once() -> None:
    assert remarks(plan(LISTER, BOTH, replace=True, revoke=True), IMPORTS) == [
        "cluster1 may not import service account apps/writer, service account default/writer any"
        " more. Its tokens of these end within 10 seconds. So do those of its other imports of"
        " namespace default, which get new ones within about 5 minutes."
    ]


def test_a_part_of_a_namespace() -> None:
    [sentence] = remarks(plan(LISTER, WHOLE, replace=True, revoke=True), IMPORTS)
    assert sentence.startswith(
        "cluster1 may not import all service accounts of namespace default but those named any"
    )


@pytest.mark.parametrize(
    ("imports", "accounts"), [(IMPORTS, ": apps/writer, default/writer"), ([], ""), (None, "")]
)
@pytest.mark.parametrize("revoke", [False, True])
def test_from_everything_to_a_scope(imports: list[Any] | None, accounts: str, revoke: bool) -> None:
    last = "the last of its imports at 2026-11-03T00:00:00Z" if accounts else "after a year at most"
    assert remarks(plan(LISTER, EVERYTHING, replace=True, revoke=revoke), imports) == [
        "cluster1 may not import every service account but those named any more. Its tokens of"
        f" these are bound to no grant: they stay valid until they expire, {last}, unless their"
        f" service accounts are made anew{accounts}."
    ]


def test_a_scope_of_an_older_release() -> None:
    [sentence] = remarks(plan(LISTER, BOTH, grants=False, replace=True), IMPORTS)
    assert sentence.endswith("made anew: apps/writer, default/writer.")


def test_a_proxy_on_this_machine() -> None:
    """It is called by pods, too, and its password is not shown."""
    endpoint = Endpoint("https://10.0.0.1", "a CA", "http://user:secret@localhost:8080")
    source: Any = SimpleNamespace(name="cluster2")
    [sentence] = suspicions(source, replace(plan(Scope()), endpoint=endpoint))
    assert sentence.startswith("the address of its proxy, localhost, is good on this machine only:")
    assert "secret" not in sentence
