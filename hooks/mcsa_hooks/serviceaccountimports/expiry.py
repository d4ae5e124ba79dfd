"""When the first token of a cluster's imports expires, as far as this process has been told."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from mcsa_core.token import claims
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports import child
from mcsa_hooks.serviceaccountimports.request import Observed
from mcsa_hooks.serviceaccountimports.token_grant import is_due

_RESYNC = 900
_LATE = 60


def source_label(seen: Observed) -> str:
    """The source cluster of an import, as metrics call it.

    Anybody who makes imports can make up names, so those of no cluster that is registered are one.
    """
    return seen.imported.cluster if seen.credentials else "unknown"


class _Held(NamedTuple):
    cluster: str
    due: bool
    expires_at: float
    until: float


class EarliestExpiry(Collector):
    """Remembers each import until it should have been seen again: nobody tells of deleted ones.

    `clock` gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # The one seen last is last.
        self._held: dict[tuple[str, str], _Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    def saw(self, seen: Observed, answer: Object, now: float) -> None:
        """The sync hook gave `answer` at the time `now` (Unix seconds).

        What counts is the token that the Secret holds, not the one that it is to hold.
        """
        imported, clock = seen.imported, self._clock()
        key = imported.namespace, imported.name
        self._held.pop(key, None)
        changes = _changes(seen, answer)
        if token := _token(seen, answer, changes, now):
            # A Secret that changes is seen again at once.
            again = 0 if changes else answer.get("resyncAfterSeconds", _RESYNC)
            until = clock + min(again, _RESYNC) + _LATE
            self._held[key] = _Held(source_label(seen), *token, until)
        while self._held and next(iter(self._held.values())).until < clock:
            del self._held[next(iter(self._held))]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A gauge, Unix seconds, by cluster and by whether renewal is due."""
        earliest: dict[tuple[str, bool], float] = {}
        clock = self._clock()
        for held in list(self._held.values()):
            if clock <= held.until:
                key = held.cluster, held.due
                earliest[key] = min(held.expires_at, earliest.get(key, held.expires_at))
        gauge = GaugeMetricFamily(
            "mcsa_earliest_expiry_timestamp_seconds",
            "When the first token that imports from a source cluster hold expires; due says"
            " whether it should have been renewed.",
            labels=["source_cluster", "due"],
        )
        for (cluster, due), expires_at in sorted(earliest.items()):
            gauge.add_metric([cluster, "true" if due else "false"], expires_at)
        yield gauge


def _changes(seen: Observed, answer: Object) -> bool:
    return [secret["data"] for secret in answer["children"]] != [(seen.secret or {}).get("data")]


def _token(seen: Observed, answer: Object, changes: bool, now: float) -> tuple[bool, float] | None:
    """Whether the token that the Secret holds is due, and when it expires; None without one."""
    status = answer["status"]
    if not changes and status["conditions"][0]["status"] == "True":
        # As nearly always: to read the token once more would take longer than all else here.
        return False, datetime.fromisoformat(status["expirationTimestamp"]).timestamp()
    held = claims(child.held_token(child.owned(seen)) or "")
    if not held:
        return None
    return is_due(held, seen.imported, now), held.expires_at
