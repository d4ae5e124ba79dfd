"""The source's policies, which are YAML, say the same as the Python that makes what they limit."""

import re
from pathlib import Path

import pytest
import yaml

from kubemcsa.introduction.objects import MANAGED_BY
from kubemcsa.introduction.rights import roles_and_bindings
from kubemcsa.introduction.scope import Scope
from kubemcsa.introduction.token_policy import policy
from mcsa_core.names import SYSTEM_NAMESPACE, grant_name
from mcsa_core.token import MAX_EXPIRATION, service_account
from support import ROOT

FOLDER = ROOT / "cli" / "kubemcsa" / "introduction"
TOKENS, GRANTS = (FOLDER / f"{name}_policy.yaml" for name in ("token", "grant"))


def test_the_policies_and_their_bindings() -> None:
    assert policy() == [
        body for file in (TOKENS, GRANTS) for body in yaml.safe_load_all(file.read_text())
    ]
    for rules, binding in (policy()[:2], policy()[2:]):
        for manifest in (rules, binding):
            assert manifest["metadata"]["labels"] == MANAGED_BY
        assert binding["spec"]["policyName"] == rules["metadata"]["name"]


def test_the_longest_token() -> None:
    numbers = re.findall(r"(?<![\w.])\d{2,}(?![\w.])", TOKENS.read_text())
    assert [int(number) for number in numbers] == [MAX_EXPIRATION]


@pytest.mark.parametrize(
    ("file", "names"),
    [
        (
            TOKENS,
            [
                f"system:serviceaccounts:{SYSTEM_NAMESPACE}",
                SYSTEM_NAMESPACE,
                service_account(SYSTEM_NAMESPACE, ""),
                grant_name(""),
            ],
        ),
        (
            GRANTS,
            [
                f"system:serviceaccounts:{SYSTEM_NAMESPACE}",
                SYSTEM_NAMESPACE,
                "remote.multicluster.admiralty.io",
                grant_name(""),
            ],
        ),
    ],
)
def test_the_names(file: Path, names: list[str]) -> None:
    """Every string in an expression that has a name of ours in it."""
    strings = re.findall(r"'([^'\n]*(?:account|admiralty)[^'\n]*)'", file.read_text())
    assert strings == names


def test_the_right_that_selects_identities() -> None:
    [condition] = [
        condition["expression"]
        for condition in policy()[2]["spec"]["matchConditions"]
        if "authorizer" in condition["expression"]
    ]
    calls = dict(re.findall(r"[.](group|resource|check)[(]'([^']+)'[)]", condition))
    bodies = roles_and_bindings("cluster1", Scope((("apps", "lister"),)))
    roles = [body for body in bodies if body["kind"] == "Role"]
    assert [role["metadata"]["namespace"] for role in roles] == [SYSTEM_NAMESPACE, "apps"]
    for role in roles:
        [rule] = [rule for rule in role["rules"] if "bind" in rule["verbs"]]
        assert rule["resourceNames"] == ["cluster1"]
        assert calls == {
            "group": rule["apiGroups"][0],
            "resource": rule["resources"][0],
            "check": rule["verbs"][0],
        }
