"""What the process knows of when tokens expire."""

from dataclasses import replace

import pytest

from mcsa_core.names import Reason
from mcsa_core.token import claims
from mcsa_hooks.serviceaccountimports import child
from mcsa_hooks.serviceaccountimports.metrics import EarliestExpiry
from mcsa_hooks.serviceaccountimports.outcome import Outcome
from mcsa_hooks.serviceaccountimports.request import SyncRequest, parse_import, parse_sync
from support.samples import world

Gauge = dict[tuple[str, str], float]
HOUR = 3600
GOOD, BAD = Reason.TOKEN_ISSUED, Reason.FORBIDDEN


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def synced(name: str = "a", cluster: str = "cluster2", *, age: int | None = 0) -> SyncRequest:
    """The sync of an import whose Secret holds a token of that age (None: it has no Secret)."""
    parent = world.parent(metadata={"name": name}, spec={"clusterName": cluster})
    secret = None
    if age is not None:
        secret = world.owned(world.token(iat=world.NOW - age))
        secret["metadata"]["name"] = parse_import({"parent": parent}).secret_name
    credential = world.credential(cluster)
    return parse_sync(world.request(credential, child=secret, sai=parent))


def keeps(request: SyncRequest, reason: Reason, again: int | None = 300) -> Outcome:
    """The outcome that the Secret is to be as it is."""
    secrets = (request.secret,) if request.secret else ()
    token = claims(child.token(request.secret) or "")
    return Outcome(request, reason, "", secrets, token, again, token)


def renews(request: SyncRequest) -> Outcome:
    """The outcome that it is to hold another token."""
    return replace(keeps(request, GOOD), secrets=({**(request.secret or {}), "data": {}},))


def gauge(expiry: EarliestExpiry) -> Gauge:
    [family] = expiry.collect()
    assert family.name == "mcsa_earliest_expiry_timestamp_seconds"
    labels = [(s.labels["source_cluster"], s.labels["due"]) for s in family.samples]
    return dict(zip(labels, (s.value for s in family.samples), strict=True))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def expiry(clock: Clock) -> EarliestExpiry:
    return EarliestExpiry(clock)


def test_the_earliest_of_each_cluster(expiry: EarliestExpiry) -> None:
    for name, cluster, hours in (
        ("a", "cluster2", 1),
        ("b", "cluster2", 2),
        ("c", "cluster2", 20),
        ("d", "cluster2", 21),
        ("e", "cluster3", 3),
    ):
        request = synced(name, cluster, age=hours * HOUR)
        expiry.observe(keeps(request, BAD), world.NOW)
    assert gauge(expiry) == {
        ("cluster2", "false"): world.NOW + 22 * HOUR,
        ("cluster2", "true"): world.NOW + 3 * HOUR,
        ("cluster3", "false"): world.NOW + 21 * HOUR,
    }


def test_a_cluster_that_is_not_registered(expiry: EarliestExpiry) -> None:
    request = replace(synced(age=20 * HOUR), credentials=())
    expiry.observe(keeps(request, BAD), world.NOW)
    assert gauge(expiry) == {("unknown", "true"): world.NOW + 4 * HOUR}


def test_a_token_that_was_kept_as_good_is_not_due_by_the_local_clock(
    expiry: EarliestExpiry,
) -> None:
    expiry.observe(keeps(synced(age=20 * HOUR), GOOD), world.NOW)
    assert gauge(expiry) == {("cluster2", "false"): world.NOW + 4 * HOUR}


def test_what_is_not_yet_written_does_not_count(expiry: EarliestExpiry) -> None:
    """As long as the Secret stays as it is, its token is the one that expires."""
    request = synced(age=20 * HOUR)
    for _ in range(3):
        expiry.observe(renews(request), world.NOW)
        assert gauge(expiry) == {("cluster2", "true"): world.NOW + 4 * HOUR}


def test_what_was_seen_last_counts(expiry: EarliestExpiry) -> None:
    old, new, none = synced(age=20 * HOUR), synced(age=HOUR), synced(age=None)
    expiry.observe(keeps(old, BAD), world.NOW)
    expiry.observe(keeps(new, GOOD), world.NOW)
    assert gauge(expiry) == {("cluster2", "false"): world.NOW + 23 * HOUR}
    expiry.observe(renews(none), world.NOW)
    assert gauge(expiry) == {}


@pytest.mark.parametrize(("again", "known_for"), [(5, 65), (300, 360), (None, 960), (3600, 960)])
def test_who_is_not_seen_again_is_forgotten(
    expiry: EarliestExpiry, clock: Clock, again: int | None, known_for: int
) -> None:
    request = synced()
    expiry.observe(keeps(request, GOOD, again), world.NOW)
    clock.now += known_for
    assert len(gauge(expiry)) == 1
    clock.now += 1
    assert gauge(expiry) == {}


def test_a_renewed_secret_is_seen_again_at_once(expiry: EarliestExpiry, clock: Clock) -> None:
    request = synced(age=20 * HOUR)
    expiry.observe(renews(request), world.NOW)
    clock.now += 61
    assert gauge(expiry) == {}


def test_nothing_is_kept_of_the_forgotten(expiry: EarliestExpiry, clock: Clock) -> None:
    for number in range(100):
        gone = synced(f"gone-{number}")
        expiry.observe(keeps(gone, GOOD), world.NOW)
    clock.now += 361
    here = synced("here")
    expiry.observe(keeps(here, GOOD), world.NOW)
    assert len(expiry) == 1
