"""The CPU and the memory of the programs of a trial, as Linux counts them."""

import os
from collections.abc import Mapping
from pathlib import Path

from support.loopback.gunicorns import HookServer
from tools.bench.source import Source
from tools.bench.trial import Trial

HOOKS, METACONTROLLER, API_SERVER, ETCD, SOURCE = (
    "hooks",
    "Metacontroller",
    "API server",
    "etcd",
    "source's API server",
)
PROGRAMS = (HOOKS, METACONTROLLER, API_SERVER, ETCD, SOURCE)
_TICKS = os.sysconf("SC_CLK_TCK")


def pids(hooks: HookServer, trial: Trial, source: Source) -> dict[str, int]:
    """The process of each program by its name in the tables, as long as it runs."""
    target, other = trial.cluster.kubeconfig.parent, source.cluster.kubeconfig.parent
    return {
        HOOKS: hooks.worker,
        METACONTROLLER: _pid("metacontroller", target),
        API_SERVER: _pid("kube-apiserver", target),
        ETCD: _pid("etcd", target),
        SOURCE: _pid("kube-apiserver", other),
    }


def cpu(processes: Mapping[str, int]) -> dict[str, float]:
    """The seconds of CPU that each has used so far."""
    return {name: _cpu(pid) for name, pid in processes.items()}


def memory(processes: Mapping[str, int]) -> dict[str, float]:
    """The most memory that each has held so far, in MB (VmHWM)."""
    return {name: _memory(pid) for name, pid in processes.items()}


def _cpu(pid: int) -> float:
    # The second field is the program's name in parentheses, which may have spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1e6


def _pid(program: str, folder: Path) -> int:
    """The process of that program whose arguments name a file in `folder`."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if Path(command[0]).name == program and any(f"={folder}/" in arg for arg in command):
            return int(process.name)
    raise ProcessLookupError(f"no {program} of {folder} runs")
