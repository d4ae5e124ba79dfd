"""docs/benchmark.md: all sections, and the machine that they were measured on."""

from collections.abc import Sequence

from tools.bench.tables import Section, grid, markdown

_INTRODUCTION = """\
# What it costs

`make bench` measures this side by side with what it would cost at least, and writes this page.
Figures are medians; a ratio is the median of the ratios of the rounds, in which all took turns.
Targets are limits of ratios unless said otherwise. Absolute figures are those of this machine,
on which all parts ran at the same time: both clusters, Metacontroller, the hooks and the
clients.
"""


def page(sections: Sequence[Section], machine: Sequence[tuple[str, str]], minutes: float) -> str:
    """The page; the curves, where there are any, are in an image beside it."""
    facts = [*machine, ("the whole benchmark took", f"{minutes:.0f} minutes")]
    parts = [_INTRODUCTION, grid(("machine", ""), facts) + "\n"]
    for section in sections:
        parts.append(markdown(section))
        if section.curves:
            parts.append("![Milliseconds until Ready, per import](benchmark.svg)\n")
    return "\n".join(parts)
