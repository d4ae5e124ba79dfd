"""Tokens for as many audiences, and as long ones, as an import may have."""

import json
from typing import Any

import pytest
import responses
from flask.testing import FlaskClient

from conftest import Kubemcsa
from mcsa_core.names import API_VERSION, KIND, secret_name
from mcsa_core.token import claims
from support.cluster import ControlPlane
from support.cluster.reading import decoded, get
from support.samples import world

NAME = "cluster2-pod-lister"
ALLOWED = "".join(one for one in map(chr, range(0x21, 0x7F)) if one not in '"&<>\\')
MOST = [f"{number:x}{ALLOWED * 3}"[:253] for number in range(16)]
MESSAGE = (
    f"The audiences of import default/{world.NAME} do not fit into a token of 16 KiB: ask for"
    " fewer, or for shorter ones of visible ASCII."
)


@pytest.mark.cluster
@pytest.mark.usefixtures("introduced")
def test_the_most_are_granted_and_kept(
    kubemcsa: Kubemcsa, cluster1: ControlPlane, cluster2: ControlPlane, namespace: str
) -> None:
    account = "x" * 253
    cluster2.kubectl("create", "serviceaccount", "-n", namespace, account)
    spec = {"clusterName": "cluster2", "namespace": namespace, "name": account, "audiences": MOST}
    manifest = {"apiVersion": API_VERSION, "kind": KIND, "spec": spec}
    manifest["metadata"] = {"name": NAME, "namespace": namespace}
    cluster1.kubectl("create", "-f", "-", input=json.dumps(manifest))
    tokens = []
    for _ in range(2):
        result = kubemcsa("sync", "-n", namespace, contexts=[cluster1])
        assert (result.exit_code, "TokenIssued" in result.stdout) == (0, True)
        secret = get(cluster1, "secret", "-n", namespace, secret_name(namespace, NAME))
        tokens.append(decoded(secret)["token"])
    assert tokens[0] == tokens[1]
    assert len(tokens[0]) < 8 * 1024
    granted = claims(tokens[0])
    assert granted is not None
    assert granted.audiences == set(MOST)


@pytest.mark.parametrize("character", ["\N{GRINNING FACE}", "<", "\u2028", "\x00"])
def test_what_could_not_fit_is_not_asked_for(client: FlaskClient, character: str) -> None:
    """As imports of before may have them."""
    answer = sync(client, [character * 253] * 16)
    expected = world.condition("False", "Rejected", MESSAGE)
    assert answer["status"]["conditions"] == [expected]
    assert answer["children"] == [world.desired(world.token(iat=world.NOW - world.DAY))]
    assert "resyncAfterSeconds" not in answer


@pytest.mark.parametrize("audiences", [MOST, ["a b", "\N{GRINNING FACE}" * 253]])
def test_what_fits_is(
    client: FlaskClient, remote: responses.RequestsMock, audiences: list[str]
) -> None:
    token = world.token(aud=audiences)
    remote.post(f"{world.ACCOUNT_URL}/token", json=world.grant(token), headers=world.date())
    answer = sync(client, audiences)
    assert answer["status"]["conditions"][0]["reason"] == "TokenIssued"
    assert answer["children"] == [world.desired(token)]


def sync(client: FlaskClient, audiences: list[str]) -> Any:
    """With a token that is due."""
    imported = world.parent(spec={"audiences": audiences})
    old = world.owned(world.token(iat=world.NOW - world.DAY))
    request = world.request(world.credential(), child=old, sai=imported)
    return client.post("/serviceaccountimports/sync", json=request).get_json()
