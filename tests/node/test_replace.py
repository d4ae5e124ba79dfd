"""Replacement of the CA and of the bearer token, as documented, while pods and imports are made."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from mcsa_certificates import desired
from mcsa_core.names import SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.documents import blocks
from support.node.real.load import Load

MORE_IMPORTS = 15
"""How many are made after the commands: the kubelet and Metacontroller may be late."""


def state(cluster: ControlPlane) -> dict[str, Any]:
    """What the Secrets hold."""
    names = (desired.AUTHORITY_KEY, desired.AUTHORITY, desired.TOKEN, *desired.LEAVES)
    return {n: decoded(get(cluster, "secret", "-n", SYSTEM_NAMESPACE, n)) for n in names}


def log(cluster: ControlPlane) -> set[str]:
    """The lines, which have their times, of Metacontroller."""
    command = ("logs", "-n", "metacontroller", "statefulset/metacontroller")
    return set(cluster.kubectl(*command).splitlines())


[REPLACE] = blocks("docs/install.md", "bash", "Replace the CA and the bearer token")
HALF = REPLACE.partition("  # The servers get certificates")[0] + ")\n"
[AT_ONCE] = blocks("docs/emergency.md", "sh", "The bearer token or the CA's key is stolen")


@pytest.mark.parametrize("commands", [[REPLACE], [HALF, REPLACE]], ids=["once", "half and again"])
def test_replacement(
    commands: list[str],
    cluster1: ControlPlane,
    shell: Callable[[str], str],
    load: Load,
    request: pytest.FixtureRequest,
) -> None:
    before, lines = state(cluster1), log(cluster1)
    with load.event(f"CA and token replaced: {request.node.callspec.id}") as row:
        for script in commands:
            shell(script)
        enough = len(row.imports) + MORE_IMPORTS
        until(lambda: len(row.imports) > enough)
    failures = [line for line in log(cluster1) - lines if re.search(r"x509|\b401\b", line)]
    assert not failures, "\n".join(failures)
    after = state(cluster1)
    for name, key in [
        (desired.AUTHORITY_KEY, "tls.crt"),
        (desired.TOKEN, "token"),
        *((leaf, "tls.crt") for leaf in desired.LEAVES),
    ]:
        assert before[name][key] != after[name][key]
    assert after[desired.TOKEN]["accepted"] == after[desired.TOKEN]["token"]
    assert after[desired.AUTHORITY]["ca.crt"].startswith(after[desired.AUTHORITY_KEY]["tls.crt"])


def test_at_once(cluster1: ControlPlane, shell: Callable[[str], str], load: Load) -> None:
    before = state(cluster1)
    outage = "the old CA and token end before the servers have the new ones"
    with load.event("CA and token ended at once", outage) as row:
        shell("CLUSTER1=cluster1\n" + AT_ONCE)
        admissions, imports = row.admissions, len(row.imports)
        until(lambda: row.admissions > admissions and len(row.imports) > imports + MORE_IMPORTS)
    after = state(cluster1)
    assert after[desired.AUTHORITY]["ca.crt"] == after[desired.AUTHORITY_KEY]["tls.crt"]
    assert after[desired.TOKEN]["accepted"] == after[desired.TOKEN]["token"]
    assert not {*before[desired.TOKEN].values()} & {*after[desired.TOKEN].values()}
