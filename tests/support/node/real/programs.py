"""The node's programs that are built with Go, once, from the modules in tests/parts."""

import os
from pathlib import Path

from support import ROOT
from support.cluster.binaries import binaries, stamp
from support.cluster.building import Programs, build, cache_folder

PARTS = ROOT / "tests" / "parts"
KUBERNETES: Programs = {
    "kubelet": ("k8s.io/kubernetes/cmd/kubelet", 4),
    "kube-proxy": ("k8s.io/kubernetes/cmd/kube-proxy", 1),
    "kube-scheduler": ("k8s.io/kubernetes/cmd/kube-scheduler", 1),
}
CONTAINERD: Programs = {
    "containerd": ("github.com/containerd/containerd/v2/cmd/containerd", 1),
    "containerd-shim-runc-v2": (
        "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
        1,
    ),
    "ctr": ("github.com/containerd/containerd/v2/cmd/ctr", 1),
}
DNS: Programs = {"coredns": (".", 1)}
PAUSE: Programs = {"pause": (".", 1)}


def programs() -> list[Path]:
    """The folders with the programs of the control planes and of the node."""
    kubernetes = PARTS / "kubernetes"
    return [
        binaries(),
        _built("kubernetes", KUBERNETES, stamp(kubernetes)),
        _built("containerd", CONTAINERD),
        _built("dns", DNS),
    ]


def pause() -> Path:
    """The program that holds a pod's namespaces."""
    return _built("pause", PAUSE) / "pause"


def _built(name: str, names: Programs, *linker_flags: str) -> Path:
    module = PARTS / name
    folder = cache_folder(module, os.environ)
    build(module, folder, names, linker_flags=linker_flags)
    return folder
