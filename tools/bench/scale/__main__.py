"""`python -m tools.bench.scale --imports 1000 5000 --clusters 1000` writes the page of that."""

import argparse
import sys
import time
from collections.abc import Iterator

from support import ROOT
from support.engine import metacontroller
from tools.bench import machine, source
from tools.bench.scale import clusters, growth, layout
from tools.bench.scale.clusters import Clusters
from tools.bench.scale.page import Rows, page

PAGE = ROOT / "docs" / "benchmark-scale.md"


def main(arguments: argparse.Namespace) -> None:
    """The page is written after each trial, or printed at the end where that is asked for."""
    if metacontroller.installed() is None:
        sys.exit(f"Error: {metacontroller.ABSENT}")
    started, facts, text = time.monotonic(), machine.facts(), ""
    for rows, many in _measured(arguments):
        text = page(rows, many, facts, (time.monotonic() - started) / 60)
        if not arguments.print:
            PAGE.write_text(text)
    print(text if arguments.print else f"wrote {PAGE}")


def _measured(arguments: argparse.Namespace) -> Iterator[tuple[Rows, Clusters | None]]:
    """What has been measured so far, after each trial."""
    rows: dict[str, list[growth.Growth]] = {layout.SPREAD: [], layout.ONE: []}
    with source.running() as cluster2:
        for kind, growths in rows.items():
            for size in arguments.imports:
                growths.append(growth.measured(cluster2, size, kind, arguments.steady_seconds))
                yield rows, None
        if arguments.clusters:
            yield rows, clusters.measured(cluster2, arguments.clusters)


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
