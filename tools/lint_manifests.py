"""`python -m tools.lint_manifests`: kube-score on all manifests; each exception has its reason."""

import os
import subprocess
import sys

from support import ROOT
from support.cluster import binaries
from support.cluster.binaries import say
from support.cluster.go import go

MODULE = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0"
TOO = ["container-seccomp-profile"]
EXCEPT = {
    "container-image-pull-policy": "a version's image never changes, so the node's copy will do",
    "pod-probes-identical": "a process that does not answer is both; the second waits longer",
    "deployment-has-host-podantiaffinity": "a topologySpreadConstraint says it better",
}


def main() -> int:
    """0 if there is no finding."""
    programs = binaries()
    compiler = go((1, 26), programs / "go", say)
    command = [str(programs / "kubectl"), "kustomize", str(ROOT / "deploy")]
    built = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    flags = [f"--ignore-test={test}" for test in EXCEPT]
    flags += [f"--enable-optional-test={test}" for test in TOO]
    score = ["score", "--exit-one-on-warning", "--output-format=ci", *flags, "-"]
    done = subprocess.run(
        [str(compiler), "run", MODULE, *score],
        input=built,
        stdout=subprocess.PIPE,
        cwd="/",
        env=os.environ | {"GOFLAGS": "-mod=mod"},
    )
    for line in done.stdout.decode().splitlines():
        if not line.startswith(("[OK]", "[SKIPPED]")):
            print(line)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
