"""The machine and the versions that the benchmark ran with."""

import datetime as dt
import os
import platform
import re
import subprocess
from pathlib import Path

from support.cluster import binaries
from support.engine.metacontroller import installed


def facts() -> list[tuple[str, str]]:
    """Names and values; some are "unknown" on other systems than Linux."""
    return [
        ("date", dt.datetime.now(dt.UTC).date().isoformat()),
        ("CPU", f"{_line('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores"),
        ("memory", _gib(_line("/proc/meminfo", "MemTotal"))),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("Python", platform.python_version()),
        ("Kubernetes", _version([str(binaries() / "kube-apiserver"), "--version"])),
        ("Metacontroller", _metacontroller()),
    ]


def _line(file: str, name: str) -> str:
    path = Path(file)
    text = path.read_text() if path.exists() else ""
    match = re.search(rf"^{name}\s*: *(.*)$", text, re.MULTILINE)
    return match[1] if match else "unknown"


def _gib(kib: str) -> str:
    return f"{int(kib.split(maxsplit=1)[0]) / 2**20:.0f} GiB" if kib[0].isdigit() else kib


def _version(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip().rpartition(" ")[2]


def _metacontroller() -> str:
    files = installed()
    if files is None:
        return "none"
    # It logs its version at the start, and ends, as there is no cluster.
    command = [str(files[0]), "--kubeconfig=/dev/null", "--metrics-address=0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={})
    match = re.search(r'"version":"(.*?)"', done.stderr + done.stdout)
    return match[1] if match else "unknown"
