"""Rows of text in columns, as kubectl prints them."""

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]]) -> str:
    """The rows, each cell as wide as the widest of its column."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("   ".join(cells).rstrip())
    return "\n".join(lines)
