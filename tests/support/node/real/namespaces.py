"""Runs a command in a node's namespaces, and takes all away again when it or this process ends."""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from support import ROOT
from support.cluster.building import cache
from support.cluster.errors import ClusterError

from . import cgroups, images, layout, packages, programs, sweeper

UNSHARE = ("unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child")
TOOLS = ("apt-get", "dpkg", "git", "hostname", "ip", "mount", "unshare")
_PR_SET_PDEATHSIG = 1


def obstacle() -> str:
    """Why there can be no node here; empty if there can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "A node needs root on Linux, for its namespaces, mounts and cgroups."
    if lacks := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"A node needs these programs, which are not on PATH: {', '.join(lacks)}."
    probe = subprocess.run(
        [*UNSHARE, "--mount-proc", "mount", "-t", "tmpfs", "tmpfs", "/run"],
        capture_output=True,
        text=True,
    )
    if probe.returncode:
        return f"A node needs namespaces, which can't be had here: {probe.stderr.strip()}."
    return ""


def run(command: Sequence[str]) -> int:
    """The exit code of a command in a node's namespaces; nothing of them is left."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit)
    _end_with_parent(signal.SIGTERM)
    if reason := obstacle():
        raise ClusterError(reason)
    with _state() as state:
        folders = programs.programs()
        root = packages.unpacked("node", packages.NODE)
        (state / "images").mkdir()
        for archive in images.archives():
            os.link(archive, state / "images" / archive.name)
        init = [sys.executable, "-m", "support.node.real.init", str(state), str(root)]
        node = subprocess.Popen(
            [*UNSHARE, "--mount-proc", *init, *command],
            env=_environment([*folders, root / "usr" / "sbin", root / "usr" / "bin"]),
            cwd=ROOT,
            preexec_fn=lambda: _end_with_parent(signal.SIGKILL),  # noqa: PLW1509 - no threads here
        )
        try:
            return node.wait()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            _kill(node)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _kill(node: "subprocess.Popen[bytes]") -> None:
    """PID 1 is killed, and so is all of the node; `unshare` ends when no process of it is left."""
    if node.poll() is None:
        children = Path(f"/proc/{node.pid}/task/{node.pid}/children").read_text().split()
        for pid in children or [str(node.pid)]:
            os.kill(int(pid), signal.SIGKILL)
        node.wait()


def _end_with_parent(number: signal.Signals) -> None:
    """The kernel sends this process the signal when its parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def _environment(path: Sequence[Path]) -> dict[str, str]:
    proxies = {"http_proxy", "https_proxy", "no_proxy", "all_proxy"}
    kept = {name: value for name, value in os.environ.items() if name.lower() not in proxies}
    return kept | {
        "PATH": ":".join([*map(str, path), kept["PATH"]]),
        "PYTHONPATH": str(ROOT / "tests"),
        "XDG_CACHE_HOME": str(cache(os.environ).parent),
        "HOME": str(layout.FOLDER / "home"),
        "TMPDIR": str(layout.FOLDER / "tmp"),
    }


@contextmanager
def _state() -> Iterator[Path]:
    """The empty folder of the only node of this cache; what an earlier one left is removed."""
    folder = cache(os.environ) / "node"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClusterError(f"Another node runs in {folder}; end it first.") from None
        state = folder / "state"
        # What is there if the machine itself went down.
        sweeper.sweep(state)
        for name in ("home", "tmp"):
            (state / name).mkdir(parents=True)
        with sweeper.sweeping(state, lock):
            cgroups.make()
            yield state
