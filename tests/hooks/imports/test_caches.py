"""A thousand clusters, walked in a circle: what was made for each is there the next time."""

from collections.abc import Callable
from typing import Any

import pytest

import world
from mcsa_hooks.imports import credentials, observed, source
from mcsa_hooks.imports.circuit import circuit
from mcsa_hooks.imports.connections import connections
from mcsa_hooks.imports.observed import credential_names

CLUSTERS = 1000


def seen(number: int) -> observed.Observed:
    """An import of the cluster of that number, which has two credentials."""
    cluster = f"cluster-{number}"
    related = [
        world.credential(name, world.identity(jti=name), server=f"https://{cluster}")
        for name in credential_names(cluster)
    ]
    imported = world.parent(spec={"clusterName": cluster})
    return observed.parse(world.request(*related, imported=imported))


def accesses(number: int) -> list[Any]:
    return [credential.access for credential in credentials.usable(seen(number), world.NOW)]


def pool(number: int) -> list[Any]:
    """The connections to one of many servers whose certificates are of one CA."""
    access = world.access("secret", server=f"https://cluster-{number}")
    request = source._request(access, "GET", "/", None)  # noqa: SLF001
    return [connections(access.ca, None).get_connection_with_tls_context(request, verify=True)]


MADE: dict[str, Callable[[int], list[Any]]] = {
    "credentials": accesses,
    "circuits": lambda number: [circuit(f"https://cluster-{number}", None, None, "")],
    "connections": lambda number: [connections(world.ca(), f"cluster-{number}")],
    "connections of one CA": pool,
}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_the_same_on_a_second_walk(made: Callable[[int], list[Any]]) -> None:
    source.forget()
    first = [item for number in range(CLUSTERS) for item in made(number)]
    second = [item for number in range(CLUSTERS) for item in made(number)]
    source.forget()
    assert len({*map(id, first)}) == len(first)
    assert [*map(id, second)] == [*map(id, first)]
