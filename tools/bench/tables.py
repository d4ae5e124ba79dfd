"""The tables of the benchmarks, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MEMORY = 60
"""Of a worker, MB."""


class Row(NamedTuple):
    """One figure beside what it is measured against."""

    what: str
    ours: str
    other: str
    ratio: float | None = None
    limit: float | None = None
    """The highest ratio that meets the target."""
    target: str = ""
    """The target in words, where it is not the ratio's limit."""
    met: bool | None = None
    """Whether such a target is met."""


class Table(NamedTuple):
    """Rows under the names of their first three columns."""

    names: tuple[str, str, str]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Section:
    """A part of the benchmark."""

    title: str
    text: str
    """How it was measured."""
    tables: Sequence[Table]
    curves: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    """For the plot: seconds by number of imports, of each hook."""


def row(what: str, ours: str, other: str, ratio: float, limit: float | None = None) -> Row:
    """A row whose target, if there is one, is a ratio of at most `limit`."""
    return Row(what, ours, other, ratio, limit)


def memory_row(what: str, ours: float, other: float) -> Row:
    """A row of MB; the target is ours alone."""
    cells = (what, f"{ours:.1f} MB", f"{other:.1f} MB")
    return Row(*cells, ours / other, target=f"at most {MEMORY} MB", met=ours <= MEMORY)


def markdown(section: Section) -> str:
    """The section, from its heading on."""
    parts = [f"## {section.title}", section.text, *map(_table, section.tables)]
    return "\n\n".join(parts) + "\n"


def grid(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; all columns but the first are aligned to the right."""
    line = ("---", *["---:"] * (len(names) - 1))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, line, *rows))


def _table(table: Table) -> str:
    return grid((*table.names, "ratio", "target", "met"), map(_cells, table.rows))


def _cells(row: Row) -> tuple[str, ...]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    target, met = row.target, row.met
    if row.ratio is not None and row.limit is not None:
        # Rounded as it is printed: a printed 1.25 has to meet a limit of 1.25.
        target, met = f"at most {row.limit:.2f}", round(row.ratio, 2) <= row.limit
    return (row.what, row.ours, row.other, ratio, target, _WORDS[met])


_WORDS = {None: "", True: "yes", False: "no"}
