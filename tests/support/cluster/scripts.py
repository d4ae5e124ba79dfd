"""Commands as users type them, with kubectl and kubemcsa on PATH and a context for each cluster."""

import os
import subprocess
import sys
from pathlib import Path

from support import ROOT
from support.cluster.binaries import binaries
from support.cluster.control_plane import ControlPlane


def environment(*clusters: ControlPlane) -> dict[str, str]:
    """What the commands see: kubectl of the clusters' version, and a context for each."""
    return os.environ | {
        "PATH": f"{binaries()}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "KUBECONFIG": ":".join(str(cluster.kubeconfig) for cluster in clusters),
    }


def run(script: str, *clusters: ControlPlane) -> str:
    """What a script of bash prints, in the checkout; AssertionError if a command fails."""
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{script}"],
        cwd=ROOT,
        env=environment(*clusters),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
