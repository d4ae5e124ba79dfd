"""Few imports of each of many clusters, in turn with many imports of each of a few."""

import tempfile
from pathlib import Path
from typing import NamedTuple

from support.cluster.building import say
from support.loopback.gunicorns import HookServer
from tools.bench import memory, trial
from tools.bench.figures import Compared, compared
from tools.bench.scale import layout
from tools.bench.source import Source

ROUNDS, FEW, EACH = 3, 10, 5


class Clusters(NamedTuple):
    """How the time of imports of many clusters compares with that of the same number of a few."""

    many: int
    imports: int
    seconds: Compared
    memory: Compared
    """MB of the hooks' worker."""


def measured(source: Source, many: int) -> Clusters:
    """`many` clusters with 5 imports each, and 10 clusters with as many imports together."""
    taken: dict[int, list[tuple[float, float]]] = {many: [], FEW: []}
    imports = many * EACH
    for number in range(ROUNDS):
        for clusters in (many, FEW)[:: -1 if number % 2 else 1]:
            taken[clusters].append(_reading(source, clusters, imports // clusters))
    by_figure = [list(zip(*taken[clusters], strict=True)) for clusters in (many, FEW)]
    seconds, megabytes = (compared(*pair) for pair in zip(*by_figure, strict=True))
    return Clusters(many, imports, seconds, megabytes)


def _reading(source: Source, clusters: int, each: int) -> tuple[float, float]:
    target = layout.of_clusters(source, clusters, each)
    with tempfile.TemporaryDirectory() as folder, HookServer(Path(folder)) as hooks:
        seconds = trial.seconds(target, hooks.url)
        megabytes = memory.peak(hooks)
    say(f"{clusters:,} clusters with {each} imports each: {seconds:.1f} s, {megabytes:.0f} MB")
    return seconds, megabytes
