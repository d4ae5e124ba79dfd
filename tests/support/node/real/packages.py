"""Debian packages unpacked into folders of the cache; none is installed on the machine."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support.cluster.building import cache, locked, say
from support.cluster.errors import ClusterError, tail

NODE = (
    *("runc", "libseccomp2", "containernetworking-plugins"),
    *("nftables", "libnftables1", "libedit2", "libbsd0", "libmd0", "libtinfo6", "libgmp10"),
    *("libjansson4", "libmnl0", "libnftnl11", "libxtables12"),
    *("iptables", "ipset", "libip4tc2", "libip6tc2", "libipset13"),
    *("libnetfilter-conntrack3", "libnfnetlink0"),
)
"""What containerd, kube-proxy and kube-router run, and its libraries but the C library."""
PYTHON = (
    *("python3-minimal", "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib"),
    *("libc6", "libcrypt1", "libssl3", "zlib1g", "libbz2-1.0", "libdb5.3", "libexpat1", "libffi8"),
    *("liblzma5", "libgcc-s1", "libstdc++6", "libncursesw6", "libtinfo6", "libreadline8"),
    *("libsqlite3-0", "libuuid1", "libnsl2", "libtirpc3", "libcom-err2", "libgssapi-krb5-2"),
    *("libk5crypto3", "libkeyutils1", "libkrb5-3", "libkrb5support0"),
    *("ca-certificates", "media-types", "netbase", "tzdata"),
)
"""What the Dockerfile's last stage begins with: Python and its libraries, and no shell."""


def unpacked(name: str, packages: Sequence[str]) -> Path:
    """The folder of that name with the packages' files; another one for other packages."""
    digest = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    folder = cache(os.environ) / f"{name}-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(f".{folder.name}.lock")):
        if not folder.exists():
            say(f"fetching {len(packages)} Debian packages for {name}, first time only")
            _unpack(packages, folder)
    return folder


def _unpack(packages: Sequence[str], folder: Path) -> None:
    archives = folder.with_name(f".{folder.name}.archives")
    partial = folder.with_name(f".{folder.name}.partial")
    for path in (archives, partial):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
    # Without the sandbox user, which may not write into a folder of root.
    _run(["apt-get", "download", "--option=APT::Sandbox::User=root", *packages], archives)
    for archive in sorted(archives.iterdir()):
        _run(["dpkg", "--extract", str(archive), str(partial)], archives)
    shutil.rmtree(archives)
    partial.replace(folder)


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise ClusterError(
            f"{command[0]} is not here; the node needs Debian's packages."
        ) from error
    if done.returncode:
        raise ClusterError(
            "The node needs packages of Debian 12 (bookworm), which can't be had: run `apt-get"
            f" update`, or use such a machine.{tail(done.stderr)}"
        )
