"""Makes annotated pods and imports all the time, and counts by event what became of them."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

import requests

from mcsa_core.names import API_VERSION, IMPORT_NAME, KIND
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.cluster.waiting import until
from support.engine.batch import imports_path

PAUSE, LATE, LOST = 0.2, 5, 120
"""Seconds between two pods; an import is late after so long, and given up after LOST."""
PODS = "/api/v1/namespaces/default/pods?dryRun=All"
IMPORTS = imports_path("default")
BETWEEN = "between the events"


@dataclass
class Row:
    """What became of the pods and imports that were made during an event."""

    event: str
    outage: str = ""
    """Why refusals and late imports are meant to be; empty if none may be."""
    seconds: float = 0
    admissions: int = 0
    refusals: list[str] = field(default_factory=list)
    imports: list[float] = field(default_factory=list)
    """The seconds until each was Ready."""
    load: float = 0
    """The machine's highest load average of one minute: what else it had to do."""

    @property
    def late(self) -> list[float]:
        return [seconds for seconds in self.imports if seconds > LATE]

    def check(self) -> None:
        """Nothing was refused or late, unless it is an outage by design."""
        assert self.outage or (self.refusals, self.late) == ([], []), self


class Load:
    """Annotated pods (as a dry run, which calls the webhook, too), and each second a new import.

    For as long as the `with` block lasts. An import is deleted as soon as it is Ready.
    """

    def __init__(self, cluster: ControlPlane, service_account_import: str) -> None:
        self._api = ApiClient(cluster)
        self._annotations = {IMPORT_NAME: service_account_import}
        self._row = Row(BETWEEN)
        self._since = 0.0
        self.rows = [self._row]
        self._pending: dict[str, tuple[Row, float]] = {}
        self._names = (f"load-{number}" for number in count())
        self._next = 0.0
        self._over = threading.Event()
        steps = (self._make_pod, self._look_after_imports)
        self._threads = [threading.Thread(target=self._repeat, args=(step,)) for step in steps]

    def __enter__(self) -> Self:
        self._since = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()

    def stop(self) -> None:
        """No more pods and imports are made, and no import is left."""
        if self._over.is_set():
            return
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._call(self._row, "DELETE", f"{IMPORTS}?labelSelector=load", None)
        self._begin(self._row)

    @contextmanager
    def event(self, name: str, outage: str = "") -> Iterator[Row]:
        """The figures of this event, which are whole, and checked, at the end of the block."""
        between, row = self._row, Row(name, outage)
        self.rows.append(row)
        self._begin(row)
        try:
            yield row
        finally:
            self._begin(between)
        until(lambda: all(waiting is not row for waiting, _ in list(self._pending.values())), 180)
        row.check()

    def seconds(self) -> float:
        """How long it has gone on outside of outages."""
        self._begin(self._row)
        return total(self.rows).seconds

    def _begin(self, row: Row) -> None:
        """Pods and imports count for that row from now on."""
        now = time.monotonic()
        self._row.seconds += now - self._since
        self._row, self._since = row, now

    def _repeat(self, step: Callable[[], None]) -> None:
        while not self._over.wait(PAUSE):
            self._row.load = max(self._row.load, os.getloadavg()[0])
            step()

    def _make_pod(self) -> None:
        row = self._row
        metadata = {"generateName": "load-", "annotations": self._annotations}
        spec = {"containers": [{"name": "client", "image": "client"}]}
        pod = self._call(row, "POST", PODS, {"metadata": metadata, "spec": spec})
        assert pod is None or "volumes" in pod["spec"]
        row.admissions += pod is not None

    def _look_after_imports(self) -> None:
        now = time.monotonic()
        if now > self._next:
            self._next = now + 1
            name, row = next(self._names), self._row
            if self._call(row, "POST", IMPORTS, _manifest(name)) is not None:
                self._pending[name] = row, now
        answer = self._call(self._row, "GET", f"{IMPORTS}?labelSelector=load", None)
        ready = {sai["metadata"]["name"] for sai in (answer or {"items": []})["items"] if _ok(sai)}
        for name, (row, begin) in list(self._pending.items()):
            seconds = time.monotonic() - begin
            if name in ready or seconds > LOST:
                row.imports.append(seconds)
                self._call(row, "DELETE", f"{IMPORTS}/{name}", None)
                del self._pending[name]

    def _call(self, row: Row, method: str, path: str, body: Any) -> Any:
        try:
            return self._api(method, path, body)
        except requests.RequestException as error:
            text = error.response.text if error.response is not None else ""
            row.refusals.append(f"{method} {type(error).__name__} {text}")
            return None


def total(rows: Sequence[Row]) -> Row:
    """The sum of all rows but the outages."""
    calm = [row for row in rows if not row.outage]
    return Row(
        "all but the outages by design",
        seconds=sum(row.seconds for row in calm),
        admissions=sum(row.admissions for row in calm),
        refusals=[refusal for row in calm for refusal in row.refusals],
        imports=[seconds for row in calm for seconds in row.imports],
        load=max(row.load for row in calm),
    )


def table(rows: Sequence[Row]) -> str:
    """A line for each event, and their sum."""
    form = "{:<40}{:>8}{:>12}{:>9}{:>9}{:>6}{:>9}{:>6}  {}"
    heads = ("event", "seconds", "admissions", "refused", "imports", "late", "slowest", "load")
    lines = [form.format(*heads, "an outage by design").rstrip()]
    for row in (*rows, total(rows)):
        counts = (row.admissions, len(row.refusals), len(row.imports), len(row.late))
        slowest = f"{max(row.imports, default=0):.1f}"
        figures = (f"{row.seconds:.0f}", *counts, slowest, f"{row.load:.1f}", row.outage)
        lines.append(form.format(row.event, *figures).rstrip())
    return "\n".join(lines)


def _manifest(name: str) -> Any:
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name, "labels": {"load": "true"}},
        "spec": {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"},
    }


def _ok(sai: Any) -> bool:
    conditions = sai.get("status", {}).get("conditions", [])
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)
