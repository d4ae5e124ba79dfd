"""docs/benchmark-scale.md: what many imports and many clusters take."""

from collections.abc import Callable, Mapping, Sequence

from tools.bench.scale.clusters import EACH, FEW, ROUNDS, Clusters
from tools.bench.scale.growth import Growth, Phase
from tools.bench.scale.programs import PROGRAMS
from tools.bench.tables import grid

INTRODUCTION = """\
# What many imports take

`make bench-scale` measures this and writes this page. All parts ran on one machine at the same
time: both clusters, Metacontroller without a limit of requests, one worker of the hooks, and the
client that waits. Each row of imports is of one round."""
READY = """\
## Until all are Ready

From the creation of the CompositeController until the last import is Ready and its Secret is
there; CPU per import."""
STEADY = """\
## Steady state

Each import is looked at every 4 to 6 minutes. CPU per 1,000 imports: 10 ms/s are a hundredth of a
core. What a program uses when it has nothing to do is in it: of few imports that is most of it. Of
many, Metacontroller is still going [through all of them](scale.md#many-imports) for each Secret
that was made: that is in it, too."""
RESTART = """\
## A restart of Metacontroller

From the start of another Metacontroller until it has begun to look at the last import; CPU per
import. It writes each Secret once more, as it is."""
MEMORY = """\
## Memory

The most that each program held (VmHWM) until all were Ready."""
CLUSTERS = f"""\
## Many clusters

All are one API server under many names, with CA certificates that differ in a line of text: the
hooks keep connections and a circuit for each. Medians of {ROUNDS} rounds, in turn."""

Cells = Callable[[Growth], Sequence[str]]
Rows = Mapping[str, Sequence[Growth]]
"""The trials of each layout."""


def page(
    rows: Rows, clusters: Clusters | None, machine: Sequence[tuple[str, str]], minutes: float
) -> str:
    """The page, without what has not been measured."""
    facts = [*machine, ("the whole benchmark took", f"{minutes:.0f} minutes")]
    parts = [INTRODUCTION, grid(("machine", ""), facts)]
    per_import = ("all", "per import", "looks", *PROGRAMS)
    parts += [READY, *_tables(rows, per_import, lambda g: _phase(g, g.ready))]
    parts += [STEADY, *_tables(rows, ("looks/s", *PROGRAMS), _steady)]
    parts += [RESTART, *_tables(rows, per_import, lambda g: _phase(g, g.restart))]
    parts += [MEMORY, *_tables(rows, PROGRAMS, _memory)]
    return "\n\n".join([*parts, *([CLUSTERS, _clusters(clusters)] if clusters else [])]) + "\n"


def _tables(rows: Rows, names: Sequence[str], cells: Cells) -> list[str]:
    return [
        grid((f"imports, {layout}", *names), [(f"{g.size:,}", *cells(g)) for g in growths])
        for layout, growths in rows.items()
        if growths
    ]


def _phase(growth: Growth, phase: Phase) -> list[str]:
    cpu = (phase.cpu[name] / growth.size * 1000 for name in PROGRAMS)
    each = phase.seconds / growth.size * 1000
    times = [f"{phase.seconds:.1f} s", f"{each:.1f} ms", f"{phase.looks:,}"]
    return [*times, *(f"{milliseconds:.2f} ms" for milliseconds in cpu)]


def _steady(growth: Growth) -> list[str]:
    phase = growth.steady
    cpu = (phase.cpu[name] / phase.seconds / growth.size * 1e6 for name in PROGRAMS)
    return [f"{phase.looks / phase.seconds:.1f}", *(f"{each:.1f} ms/s" for each in cpu)]


def _memory(growth: Growth) -> list[str]:
    return [f"{growth.memory[name]:.0f} MB" for name in PROGRAMS]


def _clusters(clusters: Clusters) -> str:
    many, few, ratio = clusters.seconds
    ours, other, _ = clusters.memory
    names = (
        f"{clusters.imports:,} imports",
        f"{clusters.many:,} clusters, {EACH} imports each",
        f"{FEW} clusters, {clusters.imports // FEW} imports each",
        "ratio",
    )
    seconds = ("until all are Ready", f"{many:.1f} s", f"{few:.1f} s", f"{ratio:.2f}")
    memory = ("memory of the worker", f"{ours:.0f} MB", f"{other:.0f} MB", f"{ours / other:.2f}")
    return grid(names, [seconds, memory])
