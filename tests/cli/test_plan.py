"""An introduction as a value, which is planned without a cluster."""

from dataclasses import replace
from typing import Any

import pytest

from kubemcsa.introduction.earlier import Earlier
from kubemcsa.introduction.grants import grant
from kubemcsa.introduction.plan import Plan
from kubemcsa.introduction.rights import roles_and_bindings
from kubemcsa.introduction.scope import EVERYTHING, Scope, ScopeRequest
from mcsa_core.endpoint import Endpoint
from support.cluster.identities import SYSTEM
from support.cluster.reading import decoded

NOTHING = Scope()
ALL = EVERYTHING
LISTER = Scope(accounts=(("default", "lister"),))
OTHER = Scope(accounts=(("other", "writer"),))
NAMESPACE = Scope(namespaces=("default",))
BOTH = LISTER.union(OTHER)
TWO = BOTH.union(Scope(accounts=(("default", "writer"),)))
ENDPOINT = Endpoint("https://cluster2.example", "a CA")


def plan(named: Scope = NOTHING, before: Scope | None = None, **flags: bool) -> Plan:
    earlier = Earlier() if before is None else Earlier(given(before))
    request = ScopeRequest(named, **flags)
    return Plan("cluster2", "cluster1", request, ENDPOINT, 3600, earlier)


def given(scope: Scope, namespace: str | None = None) -> list[Any]:
    """What an earlier run gave the identity; the ClusterRole is every target's."""
    bodies = roles_and_bindings("cluster1", scope)
    return [
        body
        for body in bodies
        if body["kind"] != "ClusterRole" and namespace in (None, body["metadata"].get("namespace"))
    ]


def paths(bodies: list[Any]) -> list[str]:
    keys = ("namespace", "name")
    return ["/".join([b["kind"], *(b["metadata"].get(key, "-") for key in keys)]) for b in bodies]


def test_the_source_has_the_policy_before_anybody_has_a_right() -> None:
    assert paths(plan(LISTER).source_objects) == [
        f"Namespace/-/{SYSTEM}",
        "ValidatingAdmissionPolicy/-/multicluster-service-account-tokens",
        "ValidatingAdmissionPolicyBinding/-/multicluster-service-account-tokens",
        "ValidatingAdmissionPolicy/-/multicluster-service-account-grants",
        "ValidatingAdmissionPolicyBinding/-/multicluster-service-account-grants",
        f"ServiceAccount/{SYSTEM}/cluster1",
        f"Secret/{SYSTEM}/{SYSTEM}.cluster1",
        f"Secret/default/{SYSTEM}.cluster1",
        f"Role/{SYSTEM}/{SYSTEM}:cluster1",
        f"RoleBinding/{SYSTEM}/{SYSTEM}:cluster1",
        f"Role/default/{SYSTEM}:cluster1",
        f"RoleBinding/default/{SYSTEM}:cluster1",
    ]


def test_the_target_has_the_token() -> None:
    objects = plan().target_objects("a token")
    assert paths(objects) == [
        f"Namespace/-/{SYSTEM}",
        f"Secret/{SYSTEM}/cluster2",
        f"ServiceAccountImport/{SYSTEM}/cluster2",
    ]
    assert decoded(objects[1])["token"] == "a token"
    assert decoded(plan().target_objects()[1])["token"] == ""


@pytest.mark.parametrize(
    ("named", "flags", "before", "scope"),
    [
        (NOTHING, {}, None, ALL),
        (LISTER, {}, None, LISTER),
        (NOTHING, {}, NOTHING, NOTHING),
        (NOTHING, {}, LISTER, LISTER),
        (NOTHING, {}, ALL, ALL),
        (LISTER, {}, NOTHING, LISTER),
        (LISTER, {}, OTHER, LISTER.union(OTHER)),
        (LISTER, {}, NAMESPACE, NAMESPACE),
        (NAMESPACE, {}, LISTER, NAMESPACE),
        (LISTER, {}, ALL, ALL),
        (LISTER, {"replace": True}, None, LISTER),
        (LISTER, {"replace": True}, OTHER, LISTER),
        (LISTER, {"replace": True}, NAMESPACE, LISTER),
        (LISTER, {"replace": True, "revoke": True}, ALL, LISTER),
        (NOTHING, {"everything": True}, None, ALL),
        (NOTHING, {"everything": True}, LISTER, ALL),
    ],
)
def test_the_scope_after_a_run(
    named: Scope, flags: dict[str, bool], before: Scope | None, scope: Scope
) -> None:
    made = plan(named, before, **flags).scope
    assert (made.limited, made.names()) == (scope.limited, scope.names())


@pytest.mark.parametrize(
    ("before", "named", "flags", "obsolete"),
    [
        (None, NOTHING, {}, []),
        (ALL, NOTHING, {}, []),
        (LISTER, NAMESPACE, {}, []),
        (LISTER, OTHER, {"replace": True}, given(LISTER, "default")),
        (
            LISTER,
            NOTHING,
            {"everything": True},
            [*given(LISTER, "default"), *given(LISTER, SYSTEM)],
        ),
        (ALL, LISTER, {"replace": True}, given(ALL)),
    ],
)
def test_what_goes(
    before: Scope | None, named: Scope, flags: dict[str, bool], obsolete: list[Any]
) -> None:
    made = plan(named, before, **flags).obsolete_rights
    assert sorted(paths(made)) == sorted(paths(obsolete))
    kinds = [body["kind"] for body in made]
    assert kinds == sorted(kinds, key=lambda kind: kind != "Role"), "Roles go first"


@pytest.mark.parametrize("scope", [NOTHING, LISTER, OTHER, NAMESPACE, LISTER.union(OTHER), ALL])
def test_a_scope_is_read_back_from_its_roles(scope: Scope) -> None:
    known = Earlier(given(scope)).scope
    assert known is not None
    assert (known.limited, known.names()) == (scope.limited, scope.names())


def test_no_run_before() -> None:
    assert Earlier().scope is None


def test_a_grant_alone_is_a_limited_scope() -> None:
    assert Earlier(grants=[grant("cluster1")]).scope == NOTHING


@pytest.mark.parametrize(
    ("before", "named", "revoked", "renewed"),
    [
        (BOTH, BOTH, ["stale"], []),
        (BOTH, LISTER, ["other", "stale"], []),
        (BOTH, OTHER, ["default", "stale"], []),
        (TWO, LISTER.union(OTHER), ["default", "stale"], ["default"]),
        (NAMESPACE, LISTER, ["default", "other", "stale"], ["default"]),
        (LISTER, NAMESPACE, ["other", "stale"], []),
        (ALL, LISTER, ["default", "other", "stale"], ["default"]),
    ],
)
def test_which_grants_are_revoked(
    before: Scope, named: Scope, revoked: list[str], renewed: list[str]
) -> None:
    """Those of namespaces that lose accounts, and of those that an earlier run took away."""
    namespaces = (SYSTEM, "default", "other", "stale")
    known = Earlier(given(before), [grant("cluster1", namespace) for namespace in namespaces])
    for revoke in (False, True):
        request = ScopeRequest(named, replace=True, revoke=revoke)
        made = Plan("cluster2", "cluster1", request, ENDPOINT, 3600, known)
        got = [
            [body["metadata"]["namespace"] for body in bodies]
            for bodies in (made.revoked_grants, made.renewed_grants)
        ]
        assert got == ([revoked, renewed] if revoke else [[], []])


def test_the_key_grant_is_for_tokens_without_claims() -> None:
    for wants_fallback, named, grants in (
        (False, LISTER, None),
        (True, LISTER, f"{SYSTEM}.cluster1"),
        (True, NOTHING, None),
    ):
        made = replace(plan(named), wants_fallback=wants_fallback)
        assert decoded(made.target_objects("a token")[1]).get("grant") == grants
