"""From many new imports to Ready, under the real Metacontroller, beside two floors."""

from tools.bench import arrivals, source
from tools.bench.arrivals import CALLS, EARLIER, HOOKS, OURS, Reading
from tools.bench.figures import Compared, compared, median
from tools.bench.source import Source
from tools.bench.tables import Row, Section, Table, memory_row, row

ROUNDS = {100: 3, 1000: 3, 4000: 3}
"""By the number of imports."""
LIMIT = 1.10
TEXT = """\
Each figure is of a new cluster1 that holds the credential and the imports, with Metacontroller
running; the clock runs from the creation of the CompositeController until the last import is
Ready and its Secret is there, as seen through watches. The floors are Flask hooks under the same
gunicorn: one answers the same Secret for each import; the other makes the bare remote calls too,
on kept-alive connections: a token request where there is no Secret yet, and for the sync that the
Secret causes a review of that token, as our hooks do. The three take turns at being the first. So
that the hooks are measured, and not the limit that Metacontroller sets itself, of which an import
takes three requests, it is lifted. Memory is the most that our worker has held (VmHWM)."""
EARLIER_TEXT = """ The earlier
hooks are those of release 0.1, with a credential that has no scope: they make three calls for a
new import, two of them GETs of the account."""

Rounds = list[dict[str, Reading]]
"""For each round the reading of each hook."""


def measure() -> Section:
    """All sizes have been through all their rounds."""
    with source.running() as cluster2:
        taken = {size: _rounds(cluster2, size, rounds) for size, rounds in ROUNDS.items()}
    tables = [
        *(_table("seconds to Ready", taken, floor) for floor in HOOKS if floor != OURS),
        _costs(taken),
    ]
    curves = {
        hook: {
            size: median([readings[hook].seconds for readings in rounds])
            for size, rounds in taken.items()
        }
        for hook in HOOKS
    }
    text = TEXT + EARLIER_TEXT if EARLIER in HOOKS else TEXT
    return Section("Imports to Ready", text, tables, curves)


def _rounds(cluster2: Source, size: int, rounds: int) -> Rounds:
    return [arrivals.in_turn(cluster2, size, number) for number in range(rounds)]


def _against(floor: str, rounds: Rounds) -> Compared:
    return compared(*([readings[hook].seconds for readings in rounds] for hook in (OURS, floor)))


def _table(title: str, taken: dict[int, Rounds], floor: str) -> Table:
    rows = []
    for size, rounds in taken.items():
        ours, other, ratio = _against(floor, rounds)
        what = f"{size:,} imports ({len(rounds)} round{'s' * (len(rounds) > 1)})"
        limit = {CALLS: LIMIT, EARLIER: 1}.get(floor)
        rows.append(row(what, f"{ours:.1f} s", f"{other:.1f} s", ratio, limit))
    return Table((title, "hooks", floor), rows)


def _costs(taken: dict[int, Rounds]) -> Table:
    """What one import costs as there are more, and the worker's memory."""
    rows: list[Row] = []
    for size, rounds in taken.items():
        ours, other, _ = _against(CALLS, rounds)
        our_ms, other_ms = (f"{seconds / size * 1000:.1f} ms" for seconds in (ours, other))
        rows.append(Row(f"per import, of {size:,}", our_ms, other_ms))
    most, rounds = max(taken.items())
    megabytes = [max(readings[hook].memory for readings in rounds) for hook in (OURS, CALLS)]
    return Table(
        ("as imports grow in number", "hooks", CALLS),
        [*rows, memory_row(f"memory per worker after {most:,}", *megabytes)],
    )
