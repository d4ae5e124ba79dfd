"""`python -m tools.bench` writes docs/benchmark.md; `python -m tools.bench PART` prints that part.

Where there is no Metacontroller, all that can be measured without is printed too.
"""

import sys
import time

from support import ROOT
from support.cluster.building import say
from support.engine import metacontroller
from tools.bench import admission, coldstart, document, imports, limits, machine, outage, steady
from tools.bench.tables import Section, markdown

DOCS = ROOT / "docs"
PARTS = {
    "imports": imports.measure,
    "limits": limits.measure,
    "outage": outage.measure,
    "steady": steady.measure,
    "admission": admission.measure,
    "coldstart": coldstart.measure,
}
ENGINES = {"imports", "limits", "outage"}
"""The parts that need Metacontroller."""


def main(names: list[str]) -> None:
    """The named parts are printed; if all are there, they are written down, with a plot."""
    started = time.monotonic()
    sections = [measured(name) for name in names or PARTS]
    if names or metacontroller.installed() is None:
        print("\n".join(map(markdown, sections)))
        return
    curves = next((section.curves for section in sections if section.curves), None)
    if curves:
        # Only the whole benchmark has matplotlib.
        from tools.bench import plot  # noqa: PLC0415

        plot.draw(curves, DOCS / "benchmark.svg")
    minutes = (time.monotonic() - started) / 60
    (DOCS / "benchmark.md").write_text(document.page(sections, machine.facts(), minutes))
    say(f"wrote {DOCS / 'benchmark.md'} after {minutes:.0f} minutes")


def measured(name: str) -> Section:
    """The section of a part, or one that says why it can't be measured here."""
    if name in ENGINES and metacontroller.installed() is None:
        say(f"{name}: {metacontroller.ABSENT}")
        return Section(f"Left out: {name}", metacontroller.ABSENT, [])
    say(f"{name}: begins")
    started = time.monotonic()
    section = PARTS[name]()
    say(f"{name}: took {time.monotonic() - started:.0f} s")
    return section


if __name__ == "__main__":
    if unknown := set(sys.argv[1:]) - set(PARTS):
        sys.exit(f"Error: no part is called {', '.join(sorted(unknown))}; {', '.join(PARTS)} are.")
    main(sys.argv[1:])
