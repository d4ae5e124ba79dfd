"""The names of source and target in each other's objects: which are legal."""

import re

from kubemcsa.errors import InputError
from mcsa_core.names import LABEL_LENGTH, is_subdomain

_RESERVED = {
    "default": "which is the name of a service account in every namespace",
    "mcsa-certificates": "which is the name of a service account that renews certificates",
}


def check(
    target_name: str | None, source_name: str | None, target_length: int = LABEL_LENGTH
) -> None:
    """InputError, with legal names in the flags to type, unless the names can be used.

    None is a name that is not needed. A target of an earlier release may have a longer name than
    bootstrap takes now: at most `target_length` characters.
    """
    target_problem = _target_problem(target_name, target_length)
    source_problem = _problem("source", source_name, LABEL_LENGTH)
    target = legal(target_name or "") if target_problem else target_name
    source = legal(source_name or "") if source_problem else source_name
    if target == source:
        source = legal(f"{source}-source")
    flags = [f"--target-name {target}"] if target != target_name else []
    flags += [f"--source-name {source}"] if source != source_name else []
    if problems := [problem for problem in (target_problem, source_problem) if problem]:
        raise InputError(f"{', and '.join(problems)}: add {' '.join(flags)}, for example.")
    if flags:
        raise InputError(
            f"both clusters are called {target_name}: name two contexts, first the target's, where"
            f" the pods run, or add {' '.join(flags)}, for example."
        )


def legal(name: str, length: int = LABEL_LENGTH) -> str:
    """A DNS-1123 subdomain of at most `length` characters that resembles `name`."""
    parts = (re.sub(r"[^a-z0-9]+", "-", part).strip("-") for part in name.lower().split("."))
    subdomain = ".".join(part for part in parts if part)[-length:].lstrip("-.")
    return subdomain if subdomain and subdomain not in _RESERVED else "cluster"


def _target_problem(name: str | None, length: int) -> str | None:
    """Why the target's identity, a service account, can't have the name; None if it can."""
    if name in _RESERVED:
        return f"the target's name can't be {name}, {_RESERVED[name]}"
    return _problem("target", name, length)


def _problem(side: str, name: str | None, length: int) -> str | None:
    if name is None or is_subdomain(name, length):
        return None
    return (
        f"the {side}'s name {name!r} is not a DNS-1123 subdomain of at most {length} characters"
        " (lower-case letters, digits, - and .)"
    )
