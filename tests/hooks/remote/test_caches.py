"""A thousand clusters, walked in a circle: what was made for each is there the next time."""

from collections.abc import Callable
from typing import Any

import pytest

from mcsa_core.credential_order import secret_names
from mcsa_hooks.remote import api_client
from mcsa_hooks.remote.circuit import circuit
from mcsa_hooks.remote.connections import connections
from mcsa_hooks.remote.exchange import prepared
from mcsa_hooks.serviceaccountimports import request, usable_credentials
from support.samples import world

CLUSTERS = 1000


def seen(number: int) -> request.SyncRequest:
    """An import of the cluster of that number, which has two credentials."""
    cluster = f"cluster-{number}"
    related = [
        world.credential(name, world.identity(jti=name), server=f"https://{cluster}")
        for name in secret_names(cluster)
    ]
    imported = world.parent(spec={"clusterName": cluster})
    return request.parse_sync(world.request(*related, sai=imported))


def accesses(number: int) -> list[Any]:
    return [credential.access for credential in usable_credentials.usable(seen(number), world.NOW)]


def pool(number: int) -> list[Any]:
    """The connections to one of many servers whose certificates are of one CA."""
    access = world.access("secret", server=f"https://cluster-{number}")
    adapter = connections(access.endpoint.ca, None)
    request = prepared(access, "GET", "/", None)
    return [adapter.get_connection_with_tls_context(request, verify=True)]


MADE: dict[str, Callable[[int], list[Any]]] = {
    "credentials": accesses,
    "circuits": lambda number: [circuit(world.endpoint(server=f"https://cluster-{number}"))],
    "connections": lambda number: [connections(world.ca(), f"cluster-{number}")],
    "connections of one CA": pool,
}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_the_same_on_a_second_walk(made: Callable[[int], list[Any]]) -> None:
    api_client.forget()
    first = [item for number in range(CLUSTERS) for item in made(number)]
    second = [item for number in range(CLUSTERS) for item in made(number)]
    api_client.forget()
    assert len({*map(id, first)}) == len(first)
    assert [*map(id, second)] == [*map(id, first)]
