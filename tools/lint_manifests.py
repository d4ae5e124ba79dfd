"""`python -m tools.lint_manifests`: kube-score on all manifests; each exception has its reason."""

import os
import subprocess
import sys

from support import ROOT
from support.cluster import binaries
from support.cluster.building import say
from support.cluster.go import go

MODULE = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0"
POLICIES = sorted((ROOT / "cli" / "kubemcsa" / "introduction").glob("*_policy.yaml"))
"""What `kubemcsa bootstrap` applies in the source; deploy/ is for the target."""
OPTIONAL = ["container-seccomp-profile"]
IGNORED = {
    "container-image-pull-policy": "the tag of a version never moves, so the node's copy is right",
    "pod-probes-identical": "both GET /healthz; liveness tolerates more failures",
    "deployment-has-host-podantiaffinity": "a topologySpreadConstraint spreads the pods",
}


def main() -> int:
    """0 if there is no finding."""
    programs = binaries()
    compiler = go((1, 26), programs / "go", say)
    command = [str(programs / "kubectl"), "kustomize", str(ROOT / "deploy")]
    built = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    flags = [f"--ignore-test={test}" for test in IGNORED]
    flags += [f"--enable-optional-test={test}" for test in OPTIONAL]
    score = ["score", "--exit-one-on-warning", "--output-format=ci", *flags, "-"]
    done = subprocess.run(
        [str(compiler), "run", MODULE, *score],
        input=b"---\n".join([built, *(policy.read_bytes() for policy in POLICIES)]),
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
