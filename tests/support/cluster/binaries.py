"""Where the programs of a control plane are: $KUBEBUILDER_ASSETS, or a cache that is built once."""

import os
import re
from pathlib import Path

from .building import build, cache_folder, missing
from .errors import ClusterError

PROGRAMS = {
    "etcd": ("go.etcd.io/etcd/server/v3", 1),
    "kube-apiserver": ("k8s.io/kubernetes/cmd/kube-apiserver", 4),
    "kube-controller-manager": ("k8s.io/kubernetes/cmd/kube-controller-manager", 1),
    "kubectl": ("k8s.io/kubernetes/cmd/kubectl", 1),
}


def binaries(version: str = "1.37") -> Path:
    """The folder with all PROGRAMS; $KUBEBUILDER_ASSETS wins, whatever its version."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets:
        if lacks := missing(Path(assets), PROGRAMS):
            raise ClusterError(
                f"KUBEBUILDER_ASSETS={assets} lacks {', '.join(lacks)}; "
                "unset it to have the programs built, or add them."
            )
        return Path(assets).absolute()
    module = Path(__file__).parent / version
    if not (module / "go.mod").is_file():
        raise ClusterError(f"Kubernetes {version} can't be built: there is no {module / 'go.mod'}.")
    folder = cache_folder(module, os.environ)
    build(module, folder, PROGRAMS, linker_flags=[stamp(module)])
    return folder


def stamp(module: Path) -> str:
    """The linker's flag for the version that programs of Kubernetes say they are."""
    version = kubernetes_version((module / "go.mod").read_text())
    return f"-X k8s.io/component-base/version.gitVersion={version}"


def kubernetes_version(go_mod: str) -> str:
    """Such as "v1.37.1", read off a go.mod."""
    match = re.search(r"k8s\.io/kubernetes (v\S+)", go_mod)
    if not match:
        raise ClusterError("the go.mod does not require k8s.io/kubernetes.")
    return match[1]
