"""Where the programs of a control plane are: $KUBEBUILDER_ASSETS, or a cache that is built once."""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .errors import ClusterError, tail
from .go import go, needed

# Minutes on two cores with an empty Go cache, in this order: a build reuses what the last compiled.
PROGRAMS = {
    "etcd": ("go.etcd.io/etcd/server/v3", 1),
    "kube-apiserver": ("k8s.io/kubernetes/cmd/kube-apiserver", 4),
    "kube-controller-manager": ("k8s.io/kubernetes/cmd/kube-controller-manager", 1),
    "kubectl": ("k8s.io/kubernetes/cmd/kubectl", 1),
}


def say(line: str) -> None:
    """A line of progress on standard error."""
    print(line, file=sys.stderr, flush=True)


def binaries(version: str = "1.36") -> Path:
    """The folder with all PROGRAMS; $KUBEBUILDER_ASSETS wins, whatever its version."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets:
        if lacks := missing(Path(assets)):
            raise ClusterError(
                f"KUBEBUILDER_ASSETS={assets} lacks {', '.join(lacks)}; "
                "unset it to have the programs built, or add them."
            )
        return Path(assets).absolute()
    module = Path(__file__).parent / version
    if not (module / "go.mod").is_file():
        raise ClusterError(f"Kubernetes {version} can't be built: there is no {module / 'go.mod'}.")
    folder = cache_folder(module, os.environ)
    if missing(folder):
        _build(module, folder)
    return folder


def missing(folder: Path) -> list[str]:
    """The PROGRAMS that a folder lacks."""
    return [name for name in PROGRAMS if not os.access(folder / name, os.X_OK)]


def cache_folder(module: Path, environ: Mapping[str, str]) -> Path:
    """Outside the clone, and another one whenever go.mod or go.sum changes."""
    content = (module / "go.mod").read_bytes() + (module / "go.sum").read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:12]
    return cache(environ) / f"{module.name}-{digest}"


def cache(environ: Mapping[str, str]) -> Path:
    """The folder of all that is built once."""
    folder = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return folder.absolute() / "multicluster-service-account"


def kubernetes_version(go_mod: str) -> str:
    """Such as "v1.36.3", read off a go.mod."""
    match = re.search(r"k8s\.io/kubernetes (v\S+)", go_mod)
    if not match:
        raise ClusterError("the go.mod does not require k8s.io/kubernetes.")
    return match[1]


def _build(module: Path, folder: Path) -> None:
    """Make what is missing in `folder`; an interrupted build goes on where it was."""
    folder.mkdir(parents=True, exist_ok=True)
    go_mod = (module / "go.mod").read_text()
    with _locked(folder / ".lock") as lock:
        compiler = go(needed(go_mod), folder / "go", say)
        for name in missing(folder):
            package, minutes = PROGRAMS[name]
            say(
                f"building {name} {module.name}, first time only, "
                f"about {minutes} minute{'s' if minutes > 1 else ''}"
            )
            partial = folder / f".{name}.partial"
            stamp = f"-X k8s.io/component-base/version.gitVersion={kubernetes_version(go_mod)}"
            done = subprocess.run(
                [
                    *(compiler, "build", "-buildvcs=false", "-mod=readonly"),
                    *("-ldflags", f"-s -w {stamp}", "-o", partial, package),
                ],
                cwd=module,
                env=os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"},
                capture_output=True,
                text=True,
                # A compiler that outlives this process keeps the lock.
                pass_fds=[lock.fileno()],
            )
            if done.returncode:
                raise ClusterError(
                    f"{name} {module.name} can't be built with {compiler}.{tail(done.stderr)}"
                )
            partial.replace(folder / name)


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another build in {path.parent}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
