"""Annotated pods call cluster2 from real containers: the examples, by their README."""

import re
from collections.abc import Callable

import pytest

from support import ROOT
from support.cluster import ControlPlane
from support.documents import CONTEXTS, blocks
from support.node.real.load import Load

EXAMPLES = (ROOT / "deploy" / "examples" / "README.md").read_text()


@pytest.fixture(scope="module")
def examples(shell: Callable[[str], str], load: Load) -> None:
    """All Jobs of the examples have ended well."""
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", EXAMPLES, re.DOTALL))
    with load.event("the examples"):
        # README's quick start has made the same import.
        shell(commands)
        shell("kubectl --context cluster1 wait --for=condition=Complete --timeout=120s job --all")


def test_multicluster_client(cluster1: ControlPlane, examples: None) -> None:
    assert cluster1.kubectl("logs", "job/multicluster-client") == "nginx\n"


def test_kubectl(cluster1: ControlPlane, examples: None) -> None:
    assert cluster1.kubectl("logs", "job/multicluster-client-kubectl") == "pod/nginx\n"


def test_generic_client(cluster1: ControlPlane, cluster2: ControlPlane, examples: None) -> None:
    assert cluster1.kubectl("logs", "job/generic-client") == (
        f"API server URL: {cluster2.server}\nNamespace: default\nListing pods...\nnginx\n"
    )


def test_the_pod_of_the_quick_start(
    cluster1: ControlPlane, shell: Callable[[str], str], examples: None
) -> None:
    [use] = [block for block in blocks("README.md", "shell") if " run client " in block]
    assert re.search(r"^nginx ", shell(CONTEXTS + use), re.MULTILINE)
    cluster1.kubectl("delete", "pod", "client")
