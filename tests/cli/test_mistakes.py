"""Mistakes that people make with the installed commands on two real clusters, in mistakes.yaml.

An entry is a command line, its exit code, and a whole line of what it prints on standard error.
"""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import ROOT
from support.cluster import ControlPlane
from support.cluster.loopback import HOST, free_ports
from support.cluster.scripts import environment
from support.samples import world

pytestmark = pytest.mark.cluster

MISTAKES: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests/cli/mistakes.yaml").read_text())
POLICIES = ("crd", "policy-imports", "policy-credentials", "policy-warnings")
EXEC = "client.authentication.k8s.io/v1"
LOGIN = "echo 'SSO session has expired: run aws sso login' >&2; exit 255"


class Prompt:
    """A shell with both contexts, in a folder."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder, self._environ = folder, environ

    def run(self, line: str) -> "subprocess.CompletedProcess[str]":
        """A command line was run to its end."""
        return subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self._environ, capture_output=True, text=True
        )


@pytest.fixture(scope="module")
def prompt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prompt]:
    """In its folder are kubeconfigs that can't be used; cluster1 has imports of cluster2."""
    folder = tmp_path_factory.mktemp("mistakes")
    with (
        ControlPlane("cluster1", folder / "1") as cluster1,
        ControlPlane("cluster2", folder / "2") as cluster2,
    ):
        for name in POLICIES:
            cluster1.kubectl("apply", "-f", str(ROOT / "deploy" / f"{name}.yaml"))
        prompt = Prompt(folder, environment(cluster1, cluster2))
        write_kubeconfigs(folder, json.loads(cluster2.kubectl("config", "view", "--raw", "-ojson")))
        introduce(prompt, cluster1, cluster2)
        yield prompt


def introduce(prompt: Prompt, cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    """cluster1 may import default/pod-lister, does, and has two imports that can't be."""
    cluster2.kubectl("create", "serviceaccount", "pod-lister")
    cluster2.kubectl("create", "serviceaccount", "secret-reader")
    command = "kubemcsa bootstrap cluster1 cluster2 --service-account default/pod-lister"
    assert prompt.run(command).returncode == 0
    for name, cluster, account in (
        ("good", "cluster2", "pod-lister"),
        ("of-another-cluster", "clutser2", "pod-lister"),
        ("not-allowed", "cluster2", "secret-reader"),
        ("not-there", "cluster2", "pod-listr"),
    ):
        spec = {"clusterName": cluster, "namespace": "default", "name": account}
        body = world.parent(spec=spec) | {"metadata": {"name": name, "namespace": "default"}}
        cluster1.kubectl("create", "-f", "-", input=json.dumps(body | {"status": None}))
    assert prompt.run("kubemcsa sync -A --context cluster1").returncode == 1


def write_kubeconfigs(folder: Path, good: Any) -> None:
    """Kubeconfigs of cluster2, each with a mistake of its own."""
    (folder / "empty").touch()
    (folder / "no-yaml").write_text("a: [")
    shell = {"command": "sh", "args": ["-c", LOGIN]}
    plugin = {"exec": {"apiVersion": EXEC, "interactiveMode": "Never"} | shell}
    missing = {"exec": plugin["exec"] | {"command": "aws-iam-authenticator-x"}}
    closed = f"https://{HOST}:{free_ports(1)[0]}"
    other_ca = base64.b64encode(world.ca().encode()).decode()
    for name, user, cluster in (
        ("login-failed", plugin, {}),
        ("no-plugin", missing, {}),
        ("expired", {"token": "expired"}, {}),
        ("closed", {}, {"server": closed}),
        ("no-host", {}, {"server": "https://cluster2.invalid:6443"}),
        ("other-ca", {}, {"certificate-authority-data": other_ca}),
    ):
        config = json.loads(json.dumps(good))
        config["users"][0]["user"] = user or config["users"][0]["user"]
        config["clusters"][0]["cluster"] |= cluster
        (folder / name).write_text(json.dumps(config))


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake["run"] for mistake in MISTAKES])
def test_what_is_said(prompt: Prompt, mistake: dict[str, Any]) -> None:
    done = prompt.run(mistake["run"])
    assert "eyJ" not in done.stdout + done.stderr
    said = stable(done.stderr, prompt.folder)
    assert (done.returncode, mistake["says"] in said) == (mistake["exits"], True), said


def stable(text: str, folder: Path) -> list[str]:
    """The lines of a text without what differs from run to run."""
    return re.sub(
        r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:PORT", text.replace(str(folder), "FOLDER")
    ).splitlines()
