"""The containers of the node: by containerd's own client, and by what the kernel knows of them."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until

from . import cgroups, layout

VOLATILE = ("/run/containerd", "/run/netns", "/run/pods-addresses")
"""What is not on the disk."""


def ctr(*args: str) -> None:
    """A command of containerd's client has been done in Kubernetes' namespace."""
    done = _ctr("--namespace=k8s.io", *args)
    assert done.returncode == 0, done.stderr


def served() -> bool:
    """Whether containerd answers."""
    return _ctr("version").returncode == 0


def kill(cluster: ControlPlane, namespace: str, pod: str) -> None:
    """The first process of the pod's only container got SIGKILL, as from the kernel."""
    [status] = get(cluster, "pod", "-n", namespace, pod)["status"]["containerStatuses"]
    ctr("tasks", "kill", "--signal=SIGKILL", status["containerID"].removeprefix("containerd://"))


def end_all() -> None:
    """No container is left, nor what held it: processes, mounts, addresses, cgroups."""
    until(lambda: not _killed())
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in reversed(mounts):
        if mount.startswith((*(f"{path}/" for path in VOLATILE), f"{layout.FOLDER}/kubelet/")):
            subprocess.run(["umount", "--lazy", mount], check=True)
    for path in VOLATILE:
        shutil.rmtree(path, ignore_errors=True)
    Path("/run/netns").mkdir()
    cgroups.remove()
    cgroups.make()


def _killed() -> list[Path]:
    """The processes of containers, and the shims above them; they got SIGKILL."""
    processes = [path for path in Path("/proc").glob("[0-9]*") if _is_container(path)]
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(int(process.name), signal.SIGKILL)
    return processes


def _is_container(process: Path) -> bool:
    try:
        name = (process / "comm").read_text()
        state = (process / "stat").read_text().rpartition(") ")[2]
        in_pod = f"/{cgroups.NAME}/" in (process / "cgroup").read_text()
    except OSError:
        return False
    return not state.startswith("Z") and (in_pod or name.startswith("containerd-shim"))


def _ctr(*args: str) -> "subprocess.CompletedProcess[str]":
    path = shutil.which("ctr")
    assert path, "ctr is not on PATH"
    return subprocess.run([path, *args], capture_output=True, text=True)
