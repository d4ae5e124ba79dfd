"""What the process knows of when tokens expire."""

from typing import Any

import pytest

import world
from mcsa_hooks.imports import observed
from mcsa_hooks.imports.expiry import EarliestExpiry
from mcsa_hooks.imports.observed import Import

Gauge = dict[tuple[str, str], float]


class Clock:
    now = float(world.NOW)

    def __call__(self) -> float:
        return self.now


def imported(name: str, cluster: str = "cluster2") -> Import:
    parent = world.parent(metadata={"name": name}, spec={"clusterName": cluster})
    return observed.parse_import({"parent": parent})


def answer(status: str, expires: str | None, again: int | None = 300) -> dict[str, Any]:
    said: dict[str, Any] = {"conditions": [{"status": status}]}
    if expires:
        said["expirationTimestamp"] = expires
    return {"status": said} | ({"resyncAfterSeconds": again} if again else {})


def gauge(expiry: EarliestExpiry) -> Gauge:
    [family] = expiry.collect()
    assert family.name == "mcsa_earliest_expiry_timestamp_seconds"
    labels = [(s.labels["source_cluster"], s.labels["ready"]) for s in family.samples]
    return dict(zip(labels, (s.value for s in family.samples), strict=True))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def expiry(clock: Clock) -> EarliestExpiry:
    return EarliestExpiry(clock)


def test_the_earliest_of_each_cluster(expiry: EarliestExpiry) -> None:
    expiry.saw(imported("a"), answer("True", "2027-01-15T09:00:00Z"))
    expiry.saw(imported("b"), answer("True", "2027-01-15T08:30:00Z"))
    expiry.saw(imported("c"), answer("False", "2027-01-15T08:00:01Z"))
    expiry.saw(imported("d", "cluster3"), answer("True", "2027-01-15T10:00:00Z"))
    assert gauge(expiry) == {
        ("cluster2", "true"): world.NOW + 1800,
        ("cluster2", "false"): world.NOW + 1,
        ("cluster3", "true"): world.NOW + 7200,
    }


def test_what_was_said_last_counts(expiry: EarliestExpiry) -> None:
    expiry.saw(imported("a"), answer("False", "2027-01-15T08:30:00Z"))
    expiry.saw(imported("a"), answer("True", "2027-01-15T09:00:00Z"))
    assert gauge(expiry) == {("cluster2", "true"): world.NOW + 3600}
    expiry.saw(imported("a"), answer("False", None))
    assert gauge(expiry) == {}


@pytest.mark.parametrize(("again", "known_for"), [(5, 305), (300, 600), (None, 1200), (3600, 1200)])
def test_who_is_not_seen_again_is_forgotten(
    expiry: EarliestExpiry, clock: Clock, again: int | None, known_for: int
) -> None:
    expiry.saw(imported("a"), answer("True", "2027-01-16T08:00:00Z", again))
    clock.now += known_for
    assert gauge(expiry) == {("cluster2", "true"): world.NOW + world.DAY}
    clock.now += 1
    assert gauge(expiry) == {}


def test_nothing_is_kept_of_the_forgotten(expiry: EarliestExpiry, clock: Clock) -> None:
    for number in range(100):
        expiry.saw(imported(f"gone-{number}"), answer("True", "2027-01-16T08:00:00Z"))
    clock.now += 601
    expiry.saw(imported("here"), answer("True", "2027-01-16T08:00:00Z"))
    assert len(expiry) == 1
