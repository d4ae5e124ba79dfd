"""What the process knows of when tokens expire."""

from dataclasses import replace
from typing import Any

import pytest

from mcsa_hooks.serviceaccountimports import request
from mcsa_hooks.serviceaccountimports.expiry import EarliestExpiry
from mcsa_hooks.serviceaccountimports.request import Observed
from support.samples import world

Gauge = dict[tuple[str, str], float]
HOUR = 3600


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def seen(name: str = "a", cluster: str = "cluster2", *, age: int | None = 0) -> Observed:
    """An import whose Secret holds a token of that age (None: it has no Secret)."""
    imported = world.parent(metadata={"name": name}, spec={"clusterName": cluster})
    secret = None
    if age is not None:
        secret = world.owned(world.token(iat=world.NOW - age))
        secret["metadata"]["name"] = request.parse_import({"parent": imported}).secret_name
    credential = world.credential(cluster)
    return request.parse(world.request(credential, child=secret, imported=imported))


def keeps(seen: Observed, status: str, again: int | None = 300) -> dict[str, Any]:
    """The answer that the Secret is to be as it is."""
    assert seen.secret is not None
    answer = {
        "status": {
            "conditions": [{"status": status}],
            "expirationTimestamp": "2027-01-16T08:00:00Z",
        },
        "children": [{"data": seen.secret["data"]}],
    }
    return answer | ({"resyncAfterSeconds": again} if again else {})


def renews(seen: Observed) -> dict[str, Any]:
    """The answer that it is to hold another token."""
    return keeps(seen, "True") | {"children": [{"data": {}}]}


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
        one = seen(name, cluster, age=hours * HOUR)
        expiry.saw(one, keeps(one, "False"), world.NOW)
    assert gauge(expiry) == {
        ("cluster2", "false"): world.NOW + 22 * HOUR,
        ("cluster2", "true"): world.NOW + 3 * HOUR,
        ("cluster3", "false"): world.NOW + 21 * HOUR,
    }


def test_a_cluster_that_is_not_registered(expiry: EarliestExpiry) -> None:
    one = replace(seen(age=20 * HOUR), credentials=())
    expiry.saw(one, keeps(one, "False"), world.NOW)
    assert gauge(expiry) == {("unknown", "true"): world.NOW + 4 * HOUR}


def test_a_ready_import_goes_by_its_status(expiry: EarliestExpiry) -> None:
    one = seen(age=0)
    expiry.saw(one, keeps(one, "True"), world.NOW)
    assert gauge(expiry) == {("cluster2", "false"): world.NOW + world.DAY}


def test_what_is_not_yet_written_does_not_count(expiry: EarliestExpiry) -> None:
    """As long as the Secret stays as it is, its token is the one that expires."""
    one = seen(age=20 * HOUR)
    for _ in range(3):
        expiry.saw(one, renews(one), world.NOW)
        assert gauge(expiry) == {("cluster2", "true"): world.NOW + 4 * HOUR}


def test_what_was_seen_last_counts(expiry: EarliestExpiry) -> None:
    old, new, none = seen(age=20 * HOUR), seen(age=HOUR), seen(age=None)
    expiry.saw(old, keeps(old, "False"), world.NOW)
    expiry.saw(new, keeps(new, "True"), world.NOW)
    assert gauge(expiry) == {("cluster2", "false"): world.NOW + world.DAY}
    expiry.saw(none, renews(new), world.NOW)
    assert gauge(expiry) == {}


@pytest.mark.parametrize(("again", "known_for"), [(5, 65), (300, 360), (None, 960), (3600, 960)])
def test_who_is_not_seen_again_is_forgotten(
    expiry: EarliestExpiry, clock: Clock, again: int | None, known_for: int
) -> None:
    one = seen()
    expiry.saw(one, keeps(one, "True", again), world.NOW)
    clock.now += known_for
    assert len(gauge(expiry)) == 1
    clock.now += 1
    assert gauge(expiry) == {}


def test_a_renewed_secret_is_seen_again_at_once(expiry: EarliestExpiry, clock: Clock) -> None:
    one = seen(age=20 * HOUR)
    expiry.saw(one, renews(one), world.NOW)
    clock.now += 61
    assert gauge(expiry) == {}


def test_nothing_is_kept_of_the_forgotten(expiry: EarliestExpiry, clock: Clock) -> None:
    for number in range(100):
        gone = seen(f"gone-{number}")
        expiry.saw(gone, keeps(gone, "True"), world.NOW)
    clock.now += 361
    here = seen("here")
    expiry.saw(here, keeps(here, "True"), world.NOW)
    assert len(expiry) == 1
