"""Figures of many measurements."""

import statistics
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

__all__ = ["Compared", "compared", "median", "p99"]


class Compared(NamedTuple):
    """Medians of two series of rounds, and of the ratio within each round."""

    ours: float
    other: float
    ratio: float


def compared(ours: Sequence[float], other: Sequence[float]) -> Compared:
    """Both were measured in turn: what slows down a round slows down both, and not their ratio."""
    ratios = [numerator / base for numerator, base in zip(ours, other, strict=True)]
    return Compared(*map(median, (ours, other, ratios)))


def p99(measured: Sequence[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(measured, n=100)[98]
