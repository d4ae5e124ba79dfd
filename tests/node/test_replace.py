"""Replacement of the bearer token and of the CA, as documented; then imports and pods go on."""

import json
from collections.abc import Callable

import pytest

from mcsa_core.names import API_VERSION, KIND
from support.cluster import ControlPlane
from support.cluster.waiting import until
from support.documents import blocks
from support.node.real.admissions import ANNOTATION

TOKEN, AUTHORITY = "mcsa-hooks-token", "mcsa-ca-key"
SYSTEM = "multicluster-service-account"
# The kubelet brings a changed Secret into a pod within 90 s; Metacontroller backs off meanwhile.
SECONDS = 240


@pytest.mark.parametrize("secret", [TOKEN, AUTHORITY])
def test_replacement(
    secret: str, cluster1: ControlPlane, shell: Callable[[str], str], introduced: None
) -> None:
    [replace] = blocks("docs/install.md", "bash", "Replace the bearer token or the CA")
    assert f"SECRET={TOKEN} # or {AUTHORITY}" in replace
    shell(replace.replace(f"SECRET={TOKEN}", f"SECRET={secret}"))

    service_account_import = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": f"after-{secret}", "namespace": "default"},
        "spec": {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"},
    }
    cluster1.kubectl("create", "-f", "-", input=json.dumps(service_account_import))
    ready = ("wait", "--for=condition=Ready", f"--timeout={SECONDS}s", f"sai/after-{secret}")
    cluster1.kubectl(*ready)

    cluster1.kubectl("label", "namespace", "default", f"{SYSTEM}=enabled", "--overwrite")
    annotation = f"--annotations={ANNOTATION}=after-{secret}"
    pod = ("run", "client", "--image=client", annotation, "--dry-run=server")
    until(lambda: cluster1.kubectl(*pod, check=False), SECONDS)
