"""Metacontroller's limits of requests: how long imports take, and what another client notices."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from support.cluster.building import say
from support.engine import metacontroller
from support.engine.metacontroller import SETTINGS
from support.loopback.gunicorns import HookServer
from tools.bench import source, trial
from tools.bench.figures import compared, p99
from tools.bench.getter import Getter
from tools.bench.source import Source
from tools.bench.tables import Section, Table, row
from tools.bench.trial import UNLIMITED, Target, Trial, imported

SIZE, ROUNDS, IDLE_SECONDS = 1000, 3, 5
TIME_LIMIT, GET_LIMIT = 1.25, 2.0
RECOMMENDED, NONE = "as we recommend", "none"


def limited(qps: int) -> tuple[str, ...]:
    """Metacontroller's options with a limit of so many requests per second."""
    return (*SETTINGS, f"--client-go-qps={qps}", f"--client-go-burst={2 * qps}")


KINDS = {NONE: UNLIMITED, RECOMMENDED: SETTINGS, "100/s": limited(100), "250/s": limited(250)}
TEXT = f"""\
{SIZE:,} imports as above, with several limits of Metacontroller's requests in turn, {ROUNDS}
rounds. Metacontroller has the rights and the account that deploy/metacontroller gives it, so that
the API server's Priority and Fairness counts its requests. Another service account meanwhile sends
one GET after another; idle is before the CompositeController is there."""


class Reading(NamedTuple):
    """Seconds until all imports were Ready, and of another client's GETs (99th percentile)."""

    seconds: float
    idle: float
    busy: float

    def __str__(self) -> str:
        idle, busy = self.idle * 1000, self.busy * 1000
        return f"{self.seconds:.1f} s, GET {busy:.1f} ms, idle {idle:.1f} ms"


def _reading(cluster2: Source, settings: Sequence[str], size: int = SIZE) -> Reading:
    """One trial; Metacontroller and the other client are service accounts."""
    names = [f"import-{number}" for number in range(size)]
    target = Target(cluster2.namespace, [cluster2.credential], list(map(imported, names)), names)
    with (
        tempfile.TemporaryDirectory() as folder,
        HookServer(Path(folder)) as hooks,
        trial.prepared(target, hooks.url, settings, metacontroller.least) as prepared,
    ):
        client = _other_client(prepared)
        with client:
            time.sleep(IDLE_SECONDS)
        idle = p99(client.seconds)
        with client:
            seconds = prepared.seconds()
        return Reading(seconds, idle, p99(client.seconds))


def _other_client(prepared: Trial) -> Getter:
    """A service account that reads itself again and again."""
    cluster = prepared.cluster
    cluster.kubectl("create", "serviceaccount", "reader")
    cluster.kubectl("create", "role", "reader", "--verb=get", "--resource=serviceaccounts")
    cluster.kubectl(
        "create", "rolebinding", "reader", "--role=reader", "--serviceaccount=default:reader"
    )
    token = cluster.kubectl("create", "token", "reader").strip()
    url = f"{cluster.server}/api/v1/namespaces/default/serviceaccounts/reader"
    return Getter(url, cluster.ca_file, token)


def measure() -> Section:
    """Each limit has been measured in turn with none."""
    taken: dict[str, list[Reading]] = {name: [] for name in KINDS}
    with source.running() as cluster2:
        for number in range(ROUNDS):
            for name in list(KINDS)[:: -1 if number % 2 else 1]:
                reading = _reading(cluster2, KINDS[name])
                taken[name].append(reading)
                say(f"limit {name}: {reading}")
    times, gets = [], []
    for name, readings in taken.items():
        is_ours = name == RECOMMENDED
        unlimited = [reading.seconds for reading in taken[NONE]]
        ours, none, ratio = compared([reading.seconds for reading in readings], unlimited)
        limit = TIME_LIMIT if is_ours else None
        times.append(row(name, f"{ours:.1f} s", f"{none:.1f} s", ratio, limit))
        busy, idle, ratio = compared([r.busy for r in readings], [r.idle for r in readings])
        limit = GET_LIMIT if is_ours else None
        gets.append(row(name, f"{busy * 1e3:.1f} ms", f"{idle * 1e3:.1f} ms", ratio, limit))
    tables = [
        Table(("limit", f"{SIZE:,} imports", "without a limit"), times),
        Table(("limit", "another client's GET, 99th percentile", "idle"), gets),
    ]
    return Section("Metacontroller's limits", TEXT, tables)
