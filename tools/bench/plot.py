"""docs/benchmark.svg: what an import costs as there are more of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

_GREY = "#808890"
"""To be read on white and on dark pages alike."""
_LINES = (("#2f81f7", "o"), ("#d29922", "s"), ("#3fa850", "^"), ("#a371f7", "v"))
_STYLE: Any = {
    # Text stays text, ids are the same in each run.
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmark",
    "font.family": "sans-serif",
    "font.size": 11,
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), _GREY
    ),
}


def draw(curves: Mapping[str, Mapping[int, float]], file: Path) -> None:
    """The file is an SVG of `curves`, seconds by number of imports, on a transparent ground."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.subplots()
        for (name, curve), (colour, marker) in zip(curves.items(), _LINES, strict=False):
            each = [seconds / size * 1000 for size, seconds in curve.items()]
            axes.plot(list(curve), each, color=colour, marker=marker, label=name)
        axes.set(xscale="log", xlabel="imports", ylabel="ms until Ready, per import")
        sizes = sorted({size for curve in curves.values() for size in curve})
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.set_ylim(bottom=0)
        axes.minorticks_off()
        axes.grid(color=_GREY, alpha=0.3)
        axes.legend(frameon=False)
        figure.savefig(file, transparent=True, metadata={"Date": None, "Creator": None})
