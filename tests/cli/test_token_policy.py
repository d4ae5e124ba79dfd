"""The source's policy, which is YAML, says the same as the Python that makes what it limits."""

import re

from kubemcsa.introduction.objects import MANAGED_BY
from kubemcsa.introduction.token_policy import policy
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import MAX_EXPIRATION, service_account
from support import ROOT

FILE = ROOT / "cli" / "kubemcsa" / "introduction" / "token_policy.yaml"


def test_the_policy_and_its_binding() -> None:
    rules, binding = policy()
    for manifest in (rules, binding):
        assert manifest["metadata"]["labels"] == MANAGED_BY
    assert binding["spec"]["policyName"] == rules["metadata"]["name"]


def test_the_longest_token() -> None:
    numbers = re.findall(r"(?<![\w.])\d{2,}(?![\w.])", FILE.read_text())
    assert [int(number) for number in numbers] == [MAX_EXPIRATION]


def test_the_identities() -> None:
    """Every string in an expression that names the system namespace."""
    strings = re.findall(r"'([^']*account[^']*)'", FILE.read_text())
    assert strings == [
        f"system:serviceaccounts:{SYSTEM_NAMESPACE}",
        SYSTEM_NAMESPACE,
        service_account(SYSTEM_NAMESPACE, ""),
    ]
