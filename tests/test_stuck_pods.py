"""docs/stuck-pods.md: its commands print on a real cluster what it shows."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcsa_core.names import API_VERSION, KIND
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.scripts import environment, run
from support.cluster.waiting import until
from support.samples.admission_pods import pod

pytestmark = pytest.mark.cluster

PAGE = (ROOT / "docs" / "stuck-pods.md").read_text()
NAME = "cluster2-default-pod-lister"
SECRET = f"{NAME}-token-4wdax"
SESSION = "\n".join(re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = [
    command.partition("\n") for command in re.split(r"^\$ ", SESSION, flags=re.MULTILINE)[1:]
]


@pytest.fixture
def cluster1(tmp_path: Path) -> Iterator[ControlPlane]:
    """A pod asks for an import; the only one there is lacks a letter of that name."""
    with ControlPlane("cluster1", tmp_path / "cluster1", controller_manager=True) as cluster:
        files = [f"-f={ROOT / 'deploy' / file}" for file in ("crd.yaml", "policy-warnings.yaml")]
        cluster.kubectl("apply", *files)
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        until(lambda: cluster.kubectl("get", "serviceaccount", "default", check=False))
        sai = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": NAME[:-2] + "r"}}
        spec = {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"}
        for body in (sai | {"spec": spec}, pod(NAME)):
            cluster.kubectl("create", "-f", "-", input=json.dumps(body))
        again = f"kubectl create --dry-run=server -f - 2>&1 <<< '{json.dumps(pod(NAME, name='b'))}'"
        until(lambda: "Warning" in run(again, cluster))
        yield cluster


def stable(output: str) -> str:
    """Without what differs from run to run: ages, and the width of their column."""
    return re.sub(r" +", " ", re.sub(r"\b\d+s\b", "AGE", output)).strip()


def test_commands(cluster1: ControlPlane, cluster2: ControlPlane) -> None:
    assert len(COMMANDS) > 7
    for command, _, shown in COMMANDS:
        if " run client " in command:
            cluster1.kubectl("delete", "pod", "client", "--force")
        done = subprocess.run(
            ["bash", "-c", command],
            env=environment(cluster1),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert stable(done.stdout) == stable(shown), command
    # It may be there: the cluster is that of all tests.
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "pod-lister"}}
    cluster2.kubectl("apply", "-f", "-", input=json.dumps(account))
    for script in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        run(script, cluster1, cluster2)


def test_the_token_of_a_pod(cluster1: ControlPlane) -> None:
    """No kubelet runs here, so `kubectl exec` prints what a pod with this token would."""
    cluster1.kubectl("create", "secret", "generic", SECRET, "--from-literal=token=new")
    [script] = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    for token, is_same in (("new", True), ("old", False)):
        pod = (
            f'kubectl() {{ if [ $5 = exec ]; then printf {token}; else command kubectl "$@"; fi; }}'
        )
        in_pod, in_secret = run(f"{pod}\n{script}", cluster1).splitlines()
        assert (in_pod == in_secret) is is_same
