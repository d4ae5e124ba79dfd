"""All is installed in the wrong order, and ends well; after test_uninstall, on the same node."""

from collections.abc import Callable

import pytest

from support.cluster import ClusterError, ControlPlane
from support.documents import blocks, quick_start
from support.node.real import imports

Shell = Callable[[str], str]
NAME = "early"


def test_an_import_becomes_ready(cluster1: ControlPlane, shell: Shell, engine: None) -> None:
    [*_, uninstall] = blocks("docs/install.md", "shell", "Uninstall")
    assert "deploy/metacontroller" in uninstall
    shell(uninstall)
    cluster1.kubectl("apply", "-f", "deploy/crd.yaml")
    cluster1.kubectl("wait", "--for=condition=Established", "-f", "deploy/crd.yaml")
    imports.create(cluster1, [NAME])
    # The servers before Metacontroller: all but the controller of imports is made.
    with pytest.raises(ClusterError, match=r"(?i)compositecontroller"):
        cluster1.kubectl("apply", "-k", "deploy")
    [metacontroller] = blocks("docs/install.md", "shell", "Metacontroller")
    shell(metacontroller)
    # The servers, again; then the credential of the source, last.
    [install] = blocks("docs/install.md", "bash", "The servers")
    shell(install)
    account, bootstrap, _ = quick_start()
    # The account is there; its first lines name the contexts.
    shell(account.partition("kubectl")[0] + bootstrap)
    imports.await_ready(cluster1, [NAME])
