"""An introduction as a value, which is planned without a cluster."""

from typing import Any

import pytest

from kubemcsa.introduction.plan import Plan
from kubemcsa.introduction.rights import roles_and_bindings
from kubemcsa.introduction.scope import Scope
from mcsa_core.endpoint import Endpoint
from support.cluster.identities import SYSTEM
from support.cluster.reading import decoded

ALL = Scope()
LISTER = Scope(accounts=(("default", "lister"),))
NAMESPACE = Scope(namespaces=("default",))
ENDPOINT = Endpoint("https://cluster2.example", "a CA")


def plan(scope: Scope, earlier: Scope | None = None) -> Plan:
    rights = [] if earlier is None else given(earlier)
    return Plan("cluster2", "cluster1", scope, ENDPOINT, 3600, rights)


def given(scope: Scope) -> list[Any]:
    """What an earlier run gave the identity; the ClusterRole is every target's."""
    bodies = roles_and_bindings("cluster1", scope)
    return [body for body in bodies if body["kind"] != "ClusterRole"]


def paths(bodies: list[Any]) -> list[str]:
    keys = ("namespace", "name")
    return ["/".join([b["kind"], *(b["metadata"].get(key, "-") for key in keys)]) for b in bodies]


def test_the_source_has_the_policy_before_anybody_has_a_right() -> None:
    assert paths(plan(LISTER).source_objects) == [
        f"Namespace/-/{SYSTEM}",
        "ValidatingAdmissionPolicy/-/multicluster-service-account-tokens",
        "ValidatingAdmissionPolicyBinding/-/multicluster-service-account-tokens",
        f"ServiceAccount/{SYSTEM}/cluster1",
        f"Role/{SYSTEM}/{SYSTEM}:cluster1",
        f"RoleBinding/{SYSTEM}/{SYSTEM}:cluster1",
        f"Role/default/{SYSTEM}:cluster1",
        f"RoleBinding/default/{SYSTEM}:cluster1",
    ]


def test_the_target_has_the_token() -> None:
    objects = plan(ALL).target_objects("a token")
    assert paths(objects) == [
        f"Namespace/-/{SYSTEM}",
        f"Secret/{SYSTEM}/cluster2",
        f"ServiceAccountImport/{SYSTEM}/cluster2",
    ]
    assert decoded(objects[1])["token"] == "a token"
    assert decoded(plan(ALL).target_objects()[1])["token"] == ""


@pytest.mark.parametrize(
    ("earlier", "scope", "obsolete", "widens"),
    [
        (None, ALL, [], False),
        (ALL, ALL, [], False),
        (LISTER, NAMESPACE, [], False),
        (LISTER, ALL, given(LISTER), True),
        (ALL, LISTER, given(ALL), False),
    ],
)
def test_what_earlier_runs_gave(
    earlier: Scope | None, scope: Scope, obsolete: list[Any], widens: bool
) -> None:
    made = plan(scope, earlier)
    assert (made.obsolete_rights, made.widens) == (obsolete, widens)
