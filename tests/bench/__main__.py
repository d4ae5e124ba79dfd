"""`python tests/bench [PART]...` prints what the parts of the benchmark say, as Markdown."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import metacontroller
from bench import admission, coldstart, imports, outage, steady
from bench.tables import Section, markdown
from clusters.binaries import say

PARTS = {
    "imports": imports.measure,
    "outage": outage.measure,
    "steady": steady.measure,
    "admission": admission.measure,
    "coldstart": coldstart.measure,
}
ENGINES = {"imports", "outage"}
"""The parts that need Metacontroller."""


def main(names: list[str]) -> None:
    """The named parts are printed; without a name all are."""
    print("\n".join(markdown(measured(name)) for name in names or PARTS))


def measured(name: str) -> Section:
    """What a part says, if only that it can't be measured here."""
    if name in ENGINES and metacontroller.found() is None:
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
