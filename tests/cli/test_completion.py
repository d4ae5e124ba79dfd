"""What shells complete after `kubemcsa` and `kubectl mcsa`, on real clusters and without them."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from support.cluster import ControlPlane
from support.cluster.loopback import free_ports
from support.cluster.scripts import environment
from support.cluster.waiting import until
from support.samples.kubeconfigs import kubeconfig


def complete(env: dict[str, str], *words: str) -> list[str]:
    """What bash is told after these words, without the kinds; nothing else is printed."""
    line = {"COMP_WORDS": " ".join(["kubemcsa", *words]), "COMP_CWORD": str(len(words))}
    done = subprocess.run(
        ["kubemcsa"],
        env=env | line | {"_KUBEMCSA_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [item.partition(",")[2] for item in done.stdout.split()]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A kubeconfig whose cluster is away."""
    config = yaml.safe_load(kubeconfig("away", current="away"))
    config["contexts"].append({"name": "other", "context": config["contexts"][0]["context"]})
    config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{free_ports(1)[0]}"
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump(config))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | {"KUBECONFIG": str(file), "PATH": path}


@pytest.mark.parametrize(
    "words",
    [
        ("status", "--context"),
        ("clusters", "--context"),
        ("sync", "--context"),
        ("export", "--context"),
        ("bootstrap", "--target-context"),
        ("bootstrap", "--source-context"),
        ("unbootstrap", "--source-context"),
        ("bootstrap",),
        ("bootstrap", "away"),
    ],
)
def test_contexts(env: dict[str, str], words: tuple[str, ...]) -> None:
    assert complete(env, *words, "") == ["away", "other"]
    assert complete(env, *words, "o") == ["other"]


def test_contexts_of_the_kubeconfig_that_is_named(env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "another"
    file.write_text(kubeconfig("a", current="a"))
    assert complete(env, "status", "--kubeconfig", str(file), "--context", "") == ["a"]
    flags = ("bootstrap", "--source-kubeconfig", str(file))
    assert complete(env, *flags, "--source-context", "") == ["a"]
    assert complete(env, *flags, "--target-context", "") == ["away", "other"]


@pytest.mark.parametrize("content", [None, "", "[", "contexts: 1", "{contexts: [{}]}"])
def test_kubeconfigs_that_can_not_be_read(
    env: dict[str, str], tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "bad"
    if content is not None:
        file.write_text(content)
    for option in ("--context", "--namespace"):
        assert complete(env | {"KUBECONFIG": str(file)}, "status", option, "") == []


@pytest.mark.parametrize("words", [("status", "-n"), ("export", "-n"), ("sync", "-n"), ("sync",)])
def test_a_cluster_that_is_away(env: dict[str, str], words: tuple[str, ...]) -> None:
    assert complete(env, *words, "") == []


def test_a_login_plugin_that_hangs(env: dict[str, str], tmp_path: Path) -> None:
    """It is waited for as long as a person waits."""
    plugin = tmp_path / "plugin"
    plugin.write_text("#!/bin/sh\necho Password: >&2\nexec sleep 60\n")
    plugin.chmod(0o700)
    config = yaml.safe_load(Path(env["KUBECONFIG"]).read_text())
    config["users"][0]["user"] = {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": str(plugin),
            "interactiveMode": "Never",
        }
    }
    Path(env["KUBECONFIG"]).write_text(yaml.safe_dump(config))
    begin = time.monotonic()
    assert complete(env, "status", "-n", "") == []
    assert time.monotonic() - begin < 20


@pytest.mark.cluster
def test_namespaces_and_imports(cluster1: ControlPlane, namespace: str) -> None:
    name = f"cluster2-{uuid4().hex[:6]}"
    manifest = {
        "apiVersion": "multicluster.admiralty.io/v1alpha1",
        "kind": "ServiceAccountImport",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"clusterName": "cluster2", "namespace": "default", "name": "a"},
    }
    cluster1.kubectl("create", "-f", "-", input=yaml.safe_dump(manifest))
    env = environment(cluster1)
    # On a busy machine it takes longer than a person waits.
    scope = ("--context", "cluster1", "-n", namespace)
    commands = ("status", "sync", "export")
    until(lambda: all(complete(env, name, *scope) == [namespace] for name in commands))
    until(lambda: {"default", "kube-system"} <= set(complete(env, "sync", "-n", "")))
    until(lambda: complete(env, "sync", "-n", namespace, "") == [name])
    assert complete(env, "sync", "-n", namespace, "x") == []
    assert name not in complete(env, "sync", "")


def kubectl(env: dict[str, str], *words: str) -> list[str]:
    """What kubectl's own completion, which calls ours, is told after these words.

    The last line is a directive of Cobra: 4 is for no files, 0 for files.
    """
    done = subprocess.run(
        ["kubectl", "__complete", "mcsa", *words], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.cluster
def test_completion_by_kubectl(cluster1: ControlPlane) -> None:
    env = environment(cluster1)
    help_text = "Show the version of this program."
    assert kubectl(env, "v") == [f"version\t{help_text}", ":4"]
    assert kubectl(env, "status", "--context", "") == ["cluster1", ":4"]
    until(lambda: "kube-system" in kubectl(env, "status", "-n", ""))
    assert kubectl(env, "status", "--check", "-o", "js") == ["json", ":4"]
    assert kubectl(env, "status", "--kubeconfig", "") == [":0"]


@pytest.mark.cluster
def test_a_plugin_of_kubectl(cluster1: ControlPlane) -> None:
    env = environment(cluster1)
    done = subprocess.run(
        ["kubectl", "mcsa", "status", "--help"], env=env, capture_output=True, text=True
    )
    assert done.stdout.startswith("Usage: kubectl mcsa status [OPTIONS]\n")
    done = subprocess.run(
        ["kubectl", "mcsa", "status", "x"], env=env, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == (
        "Usage: kubectl mcsa status [OPTIONS]\nTry 'kubectl mcsa status --help' for help.\n\n"
        "Error: Got unexpected extra argument (x)\n"
    )
    plugins = subprocess.run(["kubectl", "plugin", "list"], env=env, capture_output=True, text=True)
    assert f"{Path(sys.executable).parent}/kubectl-mcsa\n" in plugins.stdout
    assert shutil.which("kubectl_complete-mcsa", path=env["PATH"])


def test_version(env: dict[str, str]) -> None:
    for program in ("kubemcsa", "kubectl-mcsa"):
        printed = {
            subprocess.run([program, word], env=env, capture_output=True, text=True).stdout
            for word in ("version", "--version")
        }
        assert printed == {f"{program.replace('-', ' ')}, version 0.1.0\n"}
