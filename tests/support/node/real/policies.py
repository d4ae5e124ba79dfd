"""kube-router, where its binary is at hand: it enforces the NetworkPolicies of the node's pods."""

import shutil
from pathlib import Path

from . import layout

PROGRAM = "kube-router"
ABSENT = (
    "kube-router is not on PATH, so no NetworkPolicy is enforced here: build its tag v2.9.0 with"
    " CGO_ENABLED=0 go build ./cmd/kube-router."
)
FLAGS = (
    *("--run-firewall=true", "--run-router=false", "--run-service-proxy=false"),
    *("--run-loadbalancer=false", "--iptables-sync-period=30s", "--v=1"),
    f"--hostname-override={layout.NAME}",
    f"--service-cluster-ip-range={layout.SERVICES}",
    "--service-external-ip-range=",
)
_LINKS = layout.FOLDER / "iptables"


def installed() -> bool:
    return shutil.which(PROGRAM) is not None


def environment(path: str) -> dict[str, str]:
    """With iptables, whose programs Debian installs by other names."""
    _LINKS.mkdir(exist_ok=True)
    for name in ("iptables", "ip6tables"):
        for suffix in ("", "-save", "-restore"):
            link = Path(_LINKS, f"{name}{suffix}")
            link.unlink(missing_ok=True)
            link.symlink_to(layout.PACKAGES / "usr" / "sbin" / "xtables-nft-multi")
    extensions = layout.PACKAGES / "usr" / "lib" / "x86_64-linux-gnu" / "xtables"
    return {"PATH": f"{_LINKS}:{path}", "XTABLES_LIBDIR": str(extensions)}
