"""The reference and the page on commands have all names that there are, and no others."""

import re
from collections.abc import Iterator

from prometheus_client import REGISTRY

from mcsa_certificates import desired
from mcsa_core import secret
from mcsa_hooks import apps
from support import ROOT
from support.documents import section
from tools import reference

REFERENCE = "docs/reference.md"


def first_cells(text: str) -> list[str]:
    """The names in the first column of tables."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def sources() -> Iterator[str]:
    for folder in ("lib", "hooks", "cli"):
        for file in (ROOT / folder).rglob("*.py"):
            yield file.read_text()


def test_what_is_generated_is_up_to_date() -> None:
    """If not, run `make reference`."""
    assert reference.COMMANDS.read_text() == reference.commands()
    assert reference.REFERENCE.read_text() == reference.reference()


def test_keys_and_secrets() -> None:
    own, made = section(REFERENCE, "Secrets").split("The Deployment `certificates`")
    assert first_cells(own) == [*secret.KEYS]
    names = {desired.AUTHORITY_KEY, desired.AUTHORITY, desired.TOKEN, *desired.LEAVES}
    assert sorted(first_cells(made)) == sorted(names)


def test_environment_variables() -> None:
    names = first_cells(section(REFERENCE, "Environment variables"))
    ours = {name for text in sources() for name in re.findall(r"(?<!_KUBE)MCSA_[A-Z_]+", text)}
    assert {name for name in names if name.startswith("MCSA_")} == ours - {"MCSA_COMPLETE"}


def test_metrics() -> None:
    apps.sync_app({})
    apps.admission_app()
    ours = {family.name for family in REGISTRY.collect() if family.name.startswith("mcsa_")}
    names = first_cells(section("docs/monitoring.md", "Metrics"))
    documented = {name.removesuffix("_total") for name in names if name.startswith("mcsa_")}
    assert documented == ours
