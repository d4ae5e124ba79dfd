"""README's quick start works, and what the documents show is what the demo prints."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT
from support.cluster import ControlPlane
from support.cluster.scripts import environment
from support.documents import PAGES, blocks, quick_start

pytestmark = pytest.mark.cluster

DEMO = re.compile("<!-- demo -->\n```(?:console|yaml)\n(.*?)```", re.DOTALL)
SHOWN = {
    "README.md": 2,
    "docs/automount.md": 1,
    "docs/clusters.md": 2,
    "docs/troubleshooting.md": 1,
}
"""How many blocks of each page are what the demo prints."""


def stable(text: str) -> str:
    """`text` without what differs from run to run."""
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    return re.sub(r" +", " ", re.sub(r"\b\d+s$", "AGE", text, flags=re.MULTILINE))


def test_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METACONTROLLER_CRDS", "/none")
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"))
    command = [sys.executable, "-m", "tools.demo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "eyJ" not in done.stdout + done.stderr
    shown = {str(page.relative_to(ROOT)): DEMO.findall(page.read_text()) for page in PAGES}
    assert {page: len(found) for page, found in shown.items() if found} == SHOWN
    for block in itertools.chain.from_iterable(shown.values()):
        assert stable(block) in stable(done.stdout)
    assert blocks("docs/automount.md", "yaml")[1] in done.stdout


def test_walk_through(tmp_path: Path, cluster2: ControlPlane) -> None:
    """README's quick start without Metacontroller, and an export."""
    account, bootstrap, service_account_import = quick_start()
    definition, sync = blocks("docs/install.md", "sh", "Without Metacontroller")
    [use] = blocks("docs/automount.md", "sh")
    [export] = blocks("docs/clusters.md", "sh")
    steps = (definition, account, bootstrap, service_account_import, sync, use, export)
    commands = "\n".join(steps)
    assert "kubemcsa bootstrap" in bootstrap
    with ControlPlane("cluster1", tmp_path / "cluster1") as cluster1:
        script = f"set -euo pipefail\nln -s {ROOT}/deploy deploy\n{commands}"
        env = environment(cluster1, cluster2)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "No resources found in default namespace.\n" in done.stderr
        assert "secret/pod-lister serverside-applied" in done.stdout
