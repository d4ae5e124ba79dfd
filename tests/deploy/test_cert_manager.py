"""The component for cert-manager, which is not here to issue anything: its parts fit together."""

import shutil
import subprocess
from typing import Any

import pytest
import yaml

from mcsa_certificates import desired
from support import ROOT
from support.cluster import binaries
from support.documents import blocks

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What the kustomization of the page on installing makes."""
    folder = tmp_path_factory.mktemp("kustomization")
    for name in ("deploy", "metacontroller"):
        shutil.copytree(ROOT / name, folder / "clone" / name)
    [block] = blocks("docs/install.md", "yml", "cert-manager")
    (folder / "kustomization.yaml").write_text(block)
    command = [str(binaries() / "kubectl"), "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(yaml.safe_load_all(done.stdout))


def of(built: list[Any], kind: str) -> dict[str, Any]:
    return {m["metadata"]["name"]: m for m in built if m["kind"] == kind}


def test_our_certificates_are_left_out(built: list[Any]) -> None:
    kinds = {manifest["kind"] for manifest in built}
    assert not kinds & {"Role", "RoleBinding", "ServiceAccount"}
    assert of(built, "Deployment").keys() == {"hooks", "admission"}
    assert [*of(built, "Secret")] == [desired.TOKEN]


def test_each_secret_is_made_for_its_service(built: list[Any]) -> None:
    certificates = of(built, "Certificate")
    assert certificates.keys() == {desired.AUTHORITY, *desired.LEAVES}
    for name, certificate in certificates.items():
        spec = certificate["spec"]
        assert spec["secretName"] == name
        assert spec["issuerRef"]["name"] in of(built, "Issuer")
        if name in desired.LEAVES:
            assert spec["dnsNames"] == desired.names_of(desired.LEAVES[name])


def test_the_webhook_is_told_whom_to_trust(built: list[Any]) -> None:
    [configuration] = of(built, "MutatingWebhookConfiguration").values()
    annotations = configuration["metadata"]["annotations"]
    source = annotations["cert-manager.io/inject-ca-from"]
    assert source == "multicluster-service-account/mcsa-admission-tls"
