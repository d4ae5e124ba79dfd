"""README: its walk-through works, and its output is the demo's."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT
from support.cluster import ControlPlane
from support.cluster.scripts import environment

pytestmark = pytest.mark.cluster

README = (ROOT / "README.md").read_text()
BLOCK = r"```{kind}\n(.*?)```"


def blocks(kind: str) -> list[str]:
    return re.findall(BLOCK.format(kind=kind), README, re.DOTALL)


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
    shown = re.findall("<!-- demo -->\n" + BLOCK.format(kind="(?:console|yaml)"), README, re.DOTALL)
    assert len(shown) == 5
    for block in shown:
        assert stable(block) in stable(done.stdout)
    assert blocks("yaml")[0] in done.stdout


def test_walk_through(tmp_path: Path, cluster2: ControlPlane) -> None:
    commands = "\n".join(blocks("sh"))
    assert "kubemcsa bootstrap" in commands
    with ControlPlane("cluster1", tmp_path / "cluster1") as cluster1:
        script = f"set -euo pipefail\nln -s {ROOT}/deploy deploy\n{commands}"
        env = environment(cluster1, cluster2)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "No resources found in default namespace.\n" in done.stderr
        assert "secret/pod-lister serverside-applied" in done.stdout
