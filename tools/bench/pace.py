"""The rows of a load: requests per second and the 99th percentile."""

from collections.abc import Sequence

from tools.bench.figures import compared
from tools.bench.load import Pace
from tools.bench.tables import Row, row


def rows(ours: Sequence[Pace], other: Sequence[Pace], limit: float | None = None) -> list[Row]:
    """Both as ratios of time, so that more is worse."""
    rate = compared([1 / pace.per_second for pace in ours], [1 / pace.per_second for pace in other])
    late = compared([pace.p99 * 1000 for pace in ours], [pace.p99 * 1000 for pace in other])
    per_second = f"{1 / rate.ours:.0f}", f"{1 / rate.other:.0f}"
    ms = f"{late.ours:.0f} ms", f"{late.other:.0f} ms"
    return [
        row("requests/s", *per_second, rate.ratio, limit),
        row("99th percentile", *ms, late.ratio, limit),
    ]
