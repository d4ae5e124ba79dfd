"""`python -m tools.bench.scale --imports 1000 5000 --clusters 1000` writes the page of that."""

import argparse
import sys
import time

from support import ROOT
from support.cluster.building import say
from support.engine import metacontroller
from tools.bench import machine, source
from tools.bench.scale import clusters, growth, layout
from tools.bench.scale.page import page

PAGE = ROOT / "docs" / "benchmark-scale.md"


def main(arguments: argparse.Namespace) -> None:
    """The page is written, or printed where that is asked for."""
    if metacontroller.installed() is None:
        sys.exit(f"Error: {metacontroller.ABSENT}")
    started = time.monotonic()
    with source.running() as cluster2:
        rows = {
            kind: [
                growth.measured(cluster2, size, kind, arguments.steady_seconds)
                for size in arguments.imports
            ]
            for kind in (layout.SPREAD, layout.ONE)
        }
        number = arguments.clusters
        many = clusters.measured(cluster2, number) if number else None
    minutes = (time.monotonic() - started) / 60
    text = page(rows, many, machine.facts(), minutes)
    if arguments.print:
        print(text)
    else:
        PAGE.write_text(text)
        say(f"wrote {PAGE} after {minutes:.0f} minutes")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tools.bench.scale", description=__doc__)
    parser.add_argument("--imports", type=int, nargs="*", default=[1000, 5000, 20000])
    parser.add_argument("--clusters", type=int, default=1000, help="0: none")
    # An import is looked at every 4 to 6 minutes.
    parser.add_argument("--steady-seconds", type=int, default=360)
    parser.add_argument("--print", action="store_true", help="print the page only")
    return parser


if __name__ == "__main__":
    main(_parser().parse_args())
