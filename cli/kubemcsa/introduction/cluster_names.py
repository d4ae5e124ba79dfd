"""The names under which two clusters know one another."""

import re

from kubemcsa.errors import InputError
from mcsa_core.names import LABEL_LENGTH, is_subdomain


def check(target: str, source: str) -> None:
    """InputError, with a legal name in the flag to type, unless both names can be used."""
    check_target(target)
    check_source(source)
    if target == source:
        raise InputError(
            f"both clusters are called {target}: choose other contexts, or add --source-name"
            f" {legal(source + '-source')}, for example."
        )


def check_target(target: str, length: int = LABEL_LENGTH) -> None:
    """InputError unless the name can be an identity's."""
    _check(target, "target", length)
    if target == "mcsa-certificates":
        raise InputError(
            "the target's name can't be mcsa-certificates, which is the name of a service account"
            " that renews certificates: add --target-name cluster1, for example."
        )
    if target == "default":
        raise InputError(
            "the target's name can't be default, which is the name of a service account in every"
            " namespace: add --target-name cluster1, for example."
        )


def check_source(source: str) -> None:
    """InputError unless the name can be an import's."""
    _check(source, "source", LABEL_LENGTH)


def legal(name: str, length: int = LABEL_LENGTH) -> str:
    """A DNS-1123 subdomain of at most `length` characters that resembles `name`."""
    parts = (re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in name.lower().split("."))
    found = ".".join(part for part in parts if part)[-length:].lstrip("-.")
    return found if found not in ("", "default") else "cluster"


def _check(name: str, side: str, length: int) -> None:
    if not is_subdomain(name, length):
        raise InputError(
            f"the {side}'s name {name!r} is not a DNS-1123 subdomain of at most {length}"
            f" characters: add --{side}-name {legal(name, length)}, for example."
        )
