"""`make node` and `make node-shell`: the tests of tests/node, or a prompt, on a real node."""

import subprocess
import sys

from support import ROOT
from support.cluster import ClusterError
from support.cluster.scripts import environment
from support.node.real import layout, namespaces, upstream
from support.node.real.node import Node

TESTS = ("-m", "pytest", "-q", "-rs", "--durations=10", "tests/node")
PROMPT = """\
The node runs until this prompt ends (exit). kubectl knows the contexts cluster1, whose node this
is, and cluster2; kubemcsa is here, too. docs/install.md says what to do next.
"""


def shell() -> int:
    """A prompt on a node, for a developer."""
    with Node() as node:
        env = environment(node.cluster1, node.cluster2)
        env |= upstream.environment(layout.FOLDER / "metacontroller")
        print(PROMPT, flush=True)
        return subprocess.run(["bash", "--norc", "-i"], cwd=ROOT, env=env).returncode


def main() -> int:
    """The exit code of what runs on the node."""
    args = sys.argv[1:]
    if layout.inside():
        return shell()
    command = [sys.executable, *(("-m", "tools.node") if args == ["shell"] else (*TESTS, *args))]
    return namespaces.run(command)


if __name__ == "__main__":
    try:
        sys.exit(main() != 0)
    except ClusterError as error:
        sys.exit(f"Error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
