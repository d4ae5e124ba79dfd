"""The node's cgroups: one of its own in each hierarchy of the machine."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from support.cluster.errors import ClusterError

MOUNTS = Path("/sys/fs/cgroup")
NAME = "mcsa-node"
SECONDS = 10


def hierarchies() -> Iterator[Path]:
    """The one of cgroup v2, or those of v1."""
    if (MOUNTS / "cgroup.controllers").exists():
        yield MOUNTS
    else:
        # "cpu" may be a link to "cpu,cpuacct".
        yield from sorted({path.resolve() for path in MOUNTS.iterdir() if path.is_dir()})


def make() -> None:
    """They are there; in v1 with the processors of the machine, which are not inherited."""
    for hierarchy in hierarchies():
        try:
            _make(hierarchy)
        except OSError as error:
            raise ClusterError(
                f"A node needs cgroups of its own, which can't be had here: {error}."
            ) from error


def _make(hierarchy: Path) -> None:
    cgroup = hierarchy / NAME
    cgroup.mkdir(exist_ok=True)
    for name in ("cpuset.cpus", "cpuset.mems"):
        if hierarchy != MOUNTS and (hierarchy / name).exists():
            (cgroup / name).write_text((hierarchy / name).read_text())


def remove() -> None:
    """They are gone, and all below; ClusterError if a process is in one of them for 10 s."""
    deadline = time.monotonic() + SECONDS
    for hierarchy in hierarchies():
        while (cgroup := hierarchy / NAME).exists():
            if time.monotonic() > deadline:
                raise ClusterError(f"{cgroup} can't be removed, as there are processes in it.")
            for folder, _, _ in os.walk(cgroup, topdown=False):
                _remove(Path(folder))


def _remove(cgroup: Path) -> None:
    try:
        cgroup.rmdir()
    except FileNotFoundError:
        pass
    except OSError:
        # A process that was killed is there until it is reaped.
        time.sleep(0.05)
