"""The page on the library: its code runs, and it names each function."""

import base64
import re
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

import multicluster_service_account
from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import Endpoint
from support import ROOT
from support.loopback.api_server import Server
from support.loopback.certificates import ca_pem
from support.node.kubelet import Mount

PAGE = (ROOT / "docs" / "library.md").read_text()
NAME = "cluster2-default-pod-lister"


def test_its_code_runs(root: Path, ca: trustme.CA, server: Server) -> None:
    access = Access(Endpoint(server.url, ca_pem(ca)), "a-token", "remote")
    Mount(root / NAME).write_secret(secret.data(NAME, access))
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        done = subprocess.run([sys.executable, "-c", block], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
    assert server.authorizations == ["Bearer a-token"]


def test_copies_on_another_machine(
    root: Path, tmp_path: Path, ca: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kubeconfig that was taken out of its Secret; and a folder with the files of the Secret."""
    access = Access(Endpoint("https://127.0.0.1:1", ca_pem(ca)), "a-token", "remote")
    files = secret.data(NAME, access)
    config = tmp_path / "config"
    config.write_bytes(base64.b64decode(files["config"]))
    monkeypatch.setenv("KUBECONFIG", str(config))
    assert f'named_config_and_namespace("{NAME}")' in PAGE
    load = multicluster_service_account.named_config_and_namespace
    taken_out = load(NAME)
    assert (taken_out.config.host, taken_out.namespace) == (access.endpoint.server, "remote")
    monkeypatch.delenv("KUBECONFIG")
    copies = root / NAME
    copies.mkdir(parents=True)
    for key, value in files.items():
        (copies / key).write_bytes(base64.b64decode(value))
    assert load(NAME).namespace == "remote"


def test_its_reference_is_complete() -> None:
    described = re.findall(r"^- `(\w+)\(", PAGE, re.MULTILINE)
    types = ["ConfigAndNamespace", "Problem", "ServiceAccountImportError"]
    assert all(f"`{name}" in PAGE for name in types)
    assert sorted(described + types) == sorted(multicluster_service_account.__all__)
