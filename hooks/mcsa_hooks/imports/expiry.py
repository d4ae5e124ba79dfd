"""When the first token of a cluster's imports expires, as far as this process has been told."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from mcsa_hooks.imports.observed import Import
from mcsa_hooks.shape import Object

_RESYNC = 900
_LATE = 300


class _Seen(NamedTuple):
    cluster: str
    ready: str
    expires_at: float
    until: float


class EarliestExpiry(Collector):
    """Remembers each import until it should have been seen again: nobody tells of deleted ones.

    `clock` gives Unix seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        # The one seen last is last.
        self._seen: dict[tuple[str, str], _Seen] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def saw(self, imported: Import, answer: Object) -> None:
        """`answer` is the sync hook's for that import."""
        key = imported.namespace, imported.name
        self._seen.pop(key, None)
        status, now = answer["status"], self._clock()
        if expires := status.get("expirationTimestamp"):
            again = min(answer.get("resyncAfterSeconds", _RESYNC), _RESYNC)
            ready = "true" if status["conditions"][0]["status"] == "True" else "false"
            expires_at = datetime.fromisoformat(expires).timestamp()
            self._seen[key] = _Seen(imported.cluster, ready, expires_at, now + again + _LATE)
        while self._seen and next(iter(self._seen.values())).until < now:
            del self._seen[next(iter(self._seen))]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A gauge, Unix seconds, by cluster and by whether the imports are Ready."""
        earliest: dict[tuple[str, str], float] = {}
        now = self._clock()
        for seen in list(self._seen.values()):
            if now <= seen.until:
                key = seen.cluster, seen.ready
                earliest[key] = min(seen.expires_at, earliest.get(key, seen.expires_at))
        gauge = GaugeMetricFamily(
            "mcsa_earliest_expiry_timestamp_seconds",
            "When the first token of a source cluster's imports expires; ready says of which ones.",
            labels=["source_cluster", "ready"],
        )
        for labels, expires_at in sorted(earliest.items()):
            gauge.add_metric(labels, expires_at)
        yield gauge
