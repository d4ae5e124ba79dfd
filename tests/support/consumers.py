"""The programs of tests/consumers: each loads a Secret as its consumer does, and is built once."""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

from support import ROOT
from support.cluster import ControlPlane
from support.cluster.binaries import binaries
from support.cluster.building import cache, say
from support.cluster.errors import ClusterError, tail
from support.cluster.go import go, needed

FOLDER = ROOT / "tests" / "consumers"
NAMES = sorted(file.parent.name for file in FOLDER.glob("*/main.go"))
ENVIRONMENT = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}


class Listing(NamedTuple):
    """What a program has printed."""

    names: str
    """Of what it has listed in cluster2, with commas between."""
    digest: str
    """The SHA-256 of the token that it has sent there."""


def listing(consumer: str, cluster: ControlPlane, namespace: str, manifest: str) -> Listing:
    """What a consumer lists in a namespace of cluster2, by the Secret in that of `cluster`.

    `manifest` is the consumer's own object that refers to the Secret, empty if there is none.
    """
    done = subprocess.run(
        [program(consumer), cluster.kubeconfig, namespace],
        input=manifest,
        capture_output=True,
        text=True,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "eyJ" not in output
    # Istio writes its log to the standard output.
    return Listing(*done.stdout.splitlines()[-1].split())


def program(consumer: str) -> Path:
    """The program of a consumer; another one whenever a file that it is made of changes."""
    sources = [file for name in (consumer, "lister") for file in sorted((FOLDER / name).iterdir())]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()[:12]
    path = cache(os.environ) / "consumers" / f"{consumer}-{digest}"
    if not path.exists():
        _build(FOLDER / consumer, path)
    return path


def _build(module: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    compiler = go(needed((module / "go.mod").read_text()), binaries() / "go", say)
    say(f"building the program of {module.name}, first time only")
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    flags = ("-buildvcs=false", "-mod=readonly", "-ldflags=-s -w")
    done = subprocess.run(
        [compiler, "build", *flags, "-o", partial, "."],
        cwd=module,
        env=os.environ | ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ClusterError(f"{module} can't be built with {compiler}.{tail(done.stderr)}")
    partial.replace(path)
