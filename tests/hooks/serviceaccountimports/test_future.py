"""Tokens that claim to have been issued in the future."""

from typing import Any

import pytest
import responses
from flask.testing import FlaskClient

from mcsa_core.names import SYSTEM_NAMESPACE, Reason
from mcsa_core.token import claims
from mcsa_hooks.serviceaccountimports.metrics import EarliestExpiry
from mcsa_hooks.serviceaccountimports.outcome import Outcome
from mcsa_hooks.serviceaccountimports.request import parse_sync
from support.samples import world
from support.samples.world import ACCOUNT_URL, DAY, NOW, REVIEW_URL

LATER = NOW + 32 * 365 * DAY


def sync(client: FlaskClient, request: Any) -> Any:
    return client.post("/serviceaccountimports/sync", json=request).get_json()


@pytest.mark.parametrize(("ahead", "kept"), [(900, True), (901, False), (LATER - NOW, False)])
def test_of_the_future_none_is_kept(
    client: FlaskClient, remote: responses.RequestsMock, ahead: int, kept: bool
) -> None:
    held = world.token(iat=NOW + ahead)
    remote.post(REVIEW_URL, json=world.review(), headers=world.date())
    if not kept:
        remote.post(f"{ACCOUNT_URL}/token", json=world.grant(world.token()), headers=world.date())
    answer = sync(client, world.request(world.credential(), child=world.owned(held)))
    assert answer["children"] == [world.desired(held if kept else None)]


def test_nor_is_one_that_is_granted(client: FlaskClient, remote: responses.RequestsMock) -> None:
    remote.post(REVIEW_URL, json=world.review(), headers=world.date())
    future = world.grant(world.token(iat=LATER))
    remote.post(f"{ACCOUNT_URL}/token", json=future, headers=world.date())
    old = world.owned(world.token(iat=NOW - DAY))
    answer = sync(client, world.request(world.credential(), child=old))
    message = "Cluster cluster2 grants a token that is not the one asked for."
    expected = world.condition("False", "ClusterUnreachable", message)
    assert answer["status"]["conditions"] == [expected]
    assert answer["children"] == [world.desired(world.token(iat=NOW - DAY))]
    assert answer["resyncAfterSeconds"] == 30


@pytest.mark.parametrize("key", ["first", "second"])
def test_a_credential_of_the_future_is_the_oldest(
    client: FlaskClient, remote: responses.RequestsMock, key: str
) -> None:
    """It is tried last, and its key says nothing of tokens."""
    future = world.token(SYSTEM_NAMESPACE, "cluster1", "33333333", iat=LATER, kid="first")
    related = [
        world.credential(bearer=world.identity(kid=key)),
        world.credential(world.RENEWED, future),
    ]
    remote.post(REVIEW_URL, status=403)
    remote.get(ACCOUNT_URL, status=401)
    remote.get(ACCOUNT_URL, json=world.account(), headers=world.date())
    held = world.token(kid="second")
    request = world.request(*related, child=world.owned(held))
    assert sync(client, request)["children"] == [world.desired(held)]
    used = [call.request.headers["Authorization"] for call in remote.calls[1:]]
    assert used == [f"Bearer {world.identity(kid=key)}", f"Bearer {future}"]


def test_a_token_of_the_future_is_due() -> None:
    expiry = EarliestExpiry()
    held = world.owned(world.token(iat=LATER))
    request = parse_sync(world.request(world.credential(), child=held))
    token = claims(world.token(iat=LATER))
    expiry.observe(Outcome(request, Reason.FORBIDDEN, "", (held,), None, None, token), NOW)
    [family] = expiry.collect()
    assert [sample.labels["due"] for sample in family.samples] == ["true"]
