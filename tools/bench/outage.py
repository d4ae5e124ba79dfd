"""20 registered clusters, of which one is dead: how much later the imports of 19 are Ready."""

import tempfile
from dataclasses import replace
from pathlib import Path

from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from support.cluster.building import say
from support.cluster.loopback import HOST, free_ports
from support.loopback.gunicorns import HookServer
from support.loopback.hostile import Hostile, silence
from tools.bench import source, trial
from tools.bench.figures import compared
from tools.bench.scale.layout import registered
from tools.bench.source import Source
from tools.bench.tables import Section, Table, row
from tools.bench.trial import Target, imported

CLUSTERS, EACH, ROUNDS = 20, 50, 3
LIMIT = 1.1
WELL, SILENT, MUTE, REFUSING = (
    "all well",
    "one takes connections and is silent",
    "one shakes hands and is silent",
    "one refuses connections",
)
TEXT = f"""\
{CLUSTERS} clusters are registered, by Secrets of one cluster2 under {CLUSTERS} names, with
{EACH} imports each. The clock stops when the {(CLUSTERS - 1) * EACH} imports of all but the last
are Ready; all else is as above, Metacontroller's limit lifted too. {ROUNDS} rounds, in which
another kind is the first each time."""


def measure() -> Section:
    """Each kind of outage has been measured in turn with a healthy source."""
    kinds = [WELL, SILENT, MUTE, REFUSING]
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    with source.running() as cluster2, Hostile(None) as silent, Hostile(silence) as mute:
        refusing = f"https://{HOST}:{free_ports(1)[0]}"
        endpoints = {
            SILENT: Endpoint(silent.url, silent.ca),
            MUTE: Endpoint(mute.url, mute.ca),
            REFUSING: Endpoint(refusing, cluster2.access.endpoint.ca),
        }
        dead = {
            kind: replace(cluster2.access, endpoint=endpoint)
            for kind, endpoint in endpoints.items()
        }
        for number in range(ROUNDS):
            for kind in kinds[number:] + kinds[:number]:
                seconds = _seconds(cluster2, dead.get(kind, cluster2.access))
                taken[kind].append(seconds)
                say(f"{CLUSTERS} clusters, {kind}: {seconds:.1f} s")
    rows = []
    for kind in (SILENT, MUTE, REFUSING):
        ours, well, ratio = compared(taken[kind], taken[WELL])
        rows.append(row(kind, f"{ours:.1f} s", f"{well:.1f} s", ratio, LIMIT))
    return Section("A dead source", TEXT, [Table(("of 20 clusters", "the others", WELL), rows)])


def _seconds(cluster2: Source, last: Access) -> float:
    clusters = [f"cluster-{number}" for number in range(CLUSTERS)]
    accesses = [cluster2.access] * (CLUSTERS - 1) + [last]
    # Neighbours in the queue are of different clusters.
    names = [
        (f"import-{number}-{cluster}", cluster) for number in range(EACH) for cluster in clusters
    ]
    target = Target(
        cluster2.namespace,
        [registered(*pair) for pair in zip(clusters, accesses, strict=True)],
        [imported(*pair) for pair in names],
        [name for name, cluster in names if cluster != clusters[-1]],
    )
    with tempfile.TemporaryDirectory() as folder, HookServer(Path(folder)) as hooks:
        return trial.seconds(target, hooks.url)
