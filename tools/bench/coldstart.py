"""How long `kubemcsa --help` takes, against a bare `import click`."""

import subprocess
import sys
import time
from pathlib import Path

from tools.bench.figures import compared
from tools.bench.tables import Section, Table, row

ROUNDS = 20
LIMIT = 1.5
KUBEMCSA = [str(Path(sys.executable).with_name("kubemcsa")), "--help"]
IMPORT = [sys.executable, "-c", "import click"]
TEXT = f"""\
`kubemcsa --help` against the same Python that imports click and does no more, in turn, {ROUNDS}
times."""


def measure() -> Section:
    """The first run of each does not count: it reads the files into the page cache."""
    ours, floor = [], []
    for _ in range(ROUNDS + 1):
        ours.append(_ms(KUBEMCSA))
        floor.append(_ms(IMPORT))
    figures = compared(ours[1:], floor[1:])
    names = ("cold start", "kubemcsa --help", "import click")
    ms = f"{figures.ours:.0f} ms", f"{figures.other:.0f} ms"
    return Section("Cold start", TEXT, [Table(names, [row("median", *ms, figures.ratio, LIMIT)])])


def _ms(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - started) * 1000
