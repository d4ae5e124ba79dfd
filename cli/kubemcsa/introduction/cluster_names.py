"""The names of source and target in each other's objects: which are legal."""

import re

from kubemcsa.errors import InputError
from mcsa_core.names import LABEL_LENGTH, is_subdomain


def check(target_name: str, source_name: str) -> None:
    """InputError, with a legal name in the flag to type, unless both names can be used."""
    check_target(target_name)
    check_source(source_name)
    if target_name == source_name:
        raise InputError(
            f"both clusters are called {target_name}: choose other contexts, or add --source-name"
            f" {legal(source_name + '-source')}, for example."
        )


def check_target(name: str, length: int = LABEL_LENGTH) -> None:
    """InputError unless the target's identity, a service account, can have the name."""
    _check(name, "target", length)
    if name == "mcsa-certificates":
        raise InputError(
            "the target's name can't be mcsa-certificates, which is the name of a service account"
            " that renews certificates: add --target-name cluster1, for example."
        )
    if name == "default":
        raise InputError(
            "the target's name can't be default, which is the name of a service account in every"
            " namespace: add --target-name cluster1, for example."
        )


def check_source(name: str) -> None:
    """InputError unless the import that renews the credential can have the name."""
    _check(name, "source", LABEL_LENGTH)


def legal(name: str, length: int = LABEL_LENGTH) -> str:
    """A DNS-1123 subdomain of at most `length` characters that resembles `name`."""
    parts = (re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in name.lower().split("."))
    subdomain = ".".join(part for part in parts if part)[-length:].lstrip("-.")
    return subdomain if subdomain not in ("", "default") else "cluster"


def _check(name: str, side: str, length: int) -> None:
    if not is_subdomain(name, length):
        raise InputError(
            f"the {side}'s name {name!r} is not a DNS-1123 subdomain of at most {length}"
            f" characters: add --{side}-name {legal(name, length)}, for example."
        )
