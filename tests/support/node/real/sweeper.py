"""`python -m support.node.real.sweeper STATE` removes what a node leaves when its stdin ends.

The process that runs the node holds the write end of that pipe. So all goes when that process is
killed, too: the kernel ends the namespaces, but keeps cgroups and files.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from support import ROOT

from . import cgroups


@contextmanager
def sweeping(state: Path, lock: IO[str]) -> Iterator[None]:
    """What the node leaves is removed after the block; until then no other node gets the lock."""
    sweeper = subprocess.Popen(
        [sys.executable, "-m", "support.node.real.sweeper", str(state)],
        stdin=subprocess.PIPE,
        cwd=ROOT / "tests",
        # Ctrl-C does not reach it.
        start_new_session=True,
        pass_fds=[lock.fileno()],
    )
    try:
        yield
    finally:
        sweeper.communicate()


def sweep(state: Path) -> None:
    """The node's cgroups and files are gone."""
    cgroups.remove()
    if state.exists():
        shutil.rmtree(state)


if __name__ == "__main__":
    sys.stdin.read()
    sweep(Path(sys.argv[1]))
