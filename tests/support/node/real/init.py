"""`python -m support.node.real.init STATE PACKAGES COMMAND...`: PID 1 of the node's namespaces.

It sets up mounts and network, runs the command, and reaps orphans. When it ends, the kernel kills
all that is left, and mounts and network are gone.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from . import layout

SYSCTLS = {
    "vm/overcommit_memory": 1,
    "vm/panic_on_oom": 0,
    "kernel/panic": 10,
    "kernel/panic_on_oops": 1,
    "kernel/keys/root_maxkeys": 1000000,
    "kernel/keys/root_maxbytes": 25000000,
}
"""What a kubelet sets for the whole machine; here it finds these values in files."""
HOSTS = f"""\
127.0.0.1 localhost
{layout.ADDRESS} {layout.NAME}
{layout.SOURCE_ADDRESS} cluster2.example
"""


def set_up(state: Path, packages: Path) -> None:
    """The namespaces are a node's."""
    _run(f"hostname {layout.NAME}")
    _network()
    _run("mount -t tmpfs tmpfs /run")
    for source, target in ((state, layout.FOLDER), (packages, layout.PACKAGES)):
        target.mkdir()
        _run(f"mount --bind {source} {target}")
    for name in ("lock", "netns"):
        Path("/run", name).mkdir()
    for name, value in SYSCTLS.items():
        _replace(Path("/proc/sys", name), f"{value}\n")
    _replace(Path("/etc/hosts"), HOSTS)
    _replace(Path("/etc/resolv.conf"), "nameserver 10.96.0.10\n")
    # The kubelet's mounts are to be seen by containers.
    _run("mount --make-rshared /")


def _network() -> None:
    for command in (
        "link set lo up",
        "link add node type veth peer name peer",
        f"address add {layout.ADDRESS}/24 dev node",
        f"address add {layout.SOURCE_ADDRESS}/24 dev node",
        "link set node up",
        "link set peer up",
        # The node's own processes call Services; kube-proxy replaces these addresses.
        f"route add {layout.SERVICES} dev node src {layout.ADDRESS}",
    ):
        _run(f"ip {command}")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1\n")


def _replace(path: Path, content: str) -> None:
    """The file has another content in this mount namespace."""
    target = path.resolve()
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    source = layout.FOLDER / "files" / str(target).strip("/").replace("/", ".")
    source.parent.mkdir(exist_ok=True)
    source.write_text(content)
    _run(f"mount --bind {source} {target}")


def _run(command: str) -> None:
    subprocess.run(command.split(), check=True)


def supervise(command: list[str]) -> int:
    """The command's exit code; orphans of other processes are reaped meanwhile."""
    # SIGINT is ignored here, and a child inherits that.
    main = subprocess.Popen(["env", "--default-signal=INT", *command])
    while True:
        pid, status = os.wait()
        if pid == main.pid:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, state, packages, *command = sys.argv
    set_up(Path(state), Path(packages))
    sys.exit(supervise(command) != 0)
