"""Rows of text in columns, as kubectl prints them."""

from collections.abc import Sequence

from kubemcsa.output.terminal import visible


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for each row, each column as wide as its widest cell when that is printed."""
    rows = [[visible(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("   ".join(cells).rstrip())
    return lines
