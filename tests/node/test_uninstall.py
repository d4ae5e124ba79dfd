"""Uninstalling leaves nothing; the last file, as the others need what it takes away."""

from collections.abc import Callable

from support.cluster import ControlPlane
from support.cluster.waiting import until
from support.documents import blocks

KINDS = (
    "namespaces,customresourcedefinitions,clusterroles,clusterrolebindings,"
    "mutatingwebhookconfigurations,validatingadmissionpolicies,validatingadmissionpolicybindings,"
    "compositecontrollers"
)


def test_nothing_is_left(
    cluster1: ControlPlane, shell: Callable[[str], str], introduced: None
) -> None:
    [uninstall] = blocks("docs/install.md", "bash", "Uninstall")
    shell(uninstall)
    names = cluster1.kubectl("get", KINDS, "-o", "name").split()
    ours = ("multicluster", "mcsa")
    assert [name for name in names if any(word in name for word in ours)] == []
    label = "multicluster.admiralty.io/service-account-import.name"
    until(lambda: not cluster1.kubectl("get", "secrets", "-A", "-l", label, "-o", "name"))
