"""Syncs and the expiry of tokens, for Prometheus.

The label is not `cluster`, which Prometheus servers of several clusters put on all that they
scrape.
"""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from prometheus_client import REGISTRY, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from mcsa_hooks.serviceaccountimports.outcome import Outcome
from mcsa_hooks.serviceaccountimports.token_renewal import is_due

RESYNC_SECONDS = 900
"""Metacontroller syncs each import at least that often (`resyncPeriodSeconds`)."""
_LATE_SECONDS = 60

SYNCS = Counter(
    "mcsa_syncs",
    "Syncs of imports by source cluster; the outcome is the reason of the condition Ready.",
    ["source_cluster", "outcome"],
)


class _Token(NamedTuple):
    cluster: str
    is_due: bool
    expires_at: float
    until: float
    """Monotonic seconds: when the import should have been synced again."""


class EarliestExpiry(Collector):
    """When the first token of each cluster's imports expires, as far as this process knows.

    An import is forgotten when it should have been synced again: no hook is called for one that is
    deleted. `clock` gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # By namespace and name, in the order of their last syncs.
        self._tokens: dict[tuple[str, str], _Token] = {}

    def __len__(self) -> int:
        return len(self._tokens)

    def observe(self, outcome: Outcome, now: float) -> None:
        """Take note of a sync at the time `now` (Unix seconds).

        The token that counts is the one that the Secret holds, not the one that it is to hold.
        """
        sai, clock, token = outcome.request.sai, self._clock(), outcome.observed
        key = sai.namespace, sai.name
        self._tokens.pop(key, None)
        if token:
            # A token that was kept as good is not due, whatever the local clock says.
            due = (outcome.is_change or not outcome.is_ready) and is_due(token, sai, now)
            # Metacontroller syncs at once again when it has changed the Secret.
            again = 0 if outcome.is_change else outcome.resync_after or RESYNC_SECONDS
            until = clock + min(again, RESYNC_SECONDS) + _LATE_SECONDS
            self._tokens[key] = _Token(source_label(outcome), due, token.expires_at, until)
        while self._tokens and next(iter(self._tokens.values())).until < clock:
            del self._tokens[next(iter(self._tokens))]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A gauge, Unix seconds, by cluster and by whether renewal is due."""
        earliest: dict[tuple[str, bool], float] = {}
        clock = self._clock()
        for token in list(self._tokens.values()):
            if clock <= token.until:
                key = token.cluster, token.is_due
                earliest[key] = min(token.expires_at, earliest.get(key, token.expires_at))
        gauge = GaugeMetricFamily(
            "mcsa_earliest_expiry_timestamp_seconds",
            "When the first token that imports from a source cluster hold expires; due says"
            " whether it should have been renewed.",
            labels=["source_cluster", "due"],
        )
        for (cluster, due), expires_at in sorted(earliest.items()):
            gauge.add_metric([cluster, "true" if due else "false"], expires_at)
        yield gauge


EXPIRY = EarliestExpiry()
REGISTRY.register(EXPIRY)


def observe(outcome: Outcome, now: float) -> None:
    """Count a sync at the time `now` (Unix seconds)."""
    SYNCS.labels(source_label(outcome), outcome.reason).inc()
    EXPIRY.observe(outcome, now)


def source_label(outcome: Outcome) -> str:
    """The label of the source cluster.

    All clusters that are not registered share one: users can make up any number of names.
    """
    return outcome.request.sai.cluster if outcome.request.credentials else "unknown"
