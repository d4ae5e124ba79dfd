"""What users control has one bound each, in the policies' YAML and in Python alike."""

import re

from mcsa_hooks.admission.annotations import MAX_IMPORTS, MAX_LENGTH
from mcsa_hooks.admission.patch import MAX_CONTAINERS, MAX_MOUNTS
from mcsa_hooks.namespaces import entries
from support import ROOT


def bounds(file: str) -> set[int]:
    """The numbers of two digits and more in a policy that are no part of a name."""
    return set(map(int, re.findall(r"(?<![\w.])\d{2,}(?![\w.])", (ROOT / file).read_text())))


def test_of_pods() -> None:
    assert bounds("deploy/policy-mounts.yaml") == {
        MAX_LENGTH,
        MAX_IMPORTS,
        MAX_CONTAINERS,
        MAX_MOUNTS,
    }


def test_of_namespaces() -> None:
    assert bounds("metacontroller/namespaces/policy.yaml") == {entries.MAX_LENGTH}
