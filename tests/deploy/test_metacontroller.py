"""deploy/metacontroller, on a stand-in for upstream's manifests, which are elsewhere."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.cluster import binaries
from support.engine import metacontroller

pytestmark = pytest.mark.cluster

# The names that the patches are for, as upstream has them in v4.17.2.
UPSTREAM = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: metacontroller}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: metacontroller, namespace: metacontroller}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: metacontroller}}
  template:
    metadata: {labels: {app.kubernetes.io/name: metacontroller}}
    spec:
      containers:
        - {name: metacontroller, image: metacontroller, args: [--discovery-interval=20s]}
"""


def built(tmp_path: Path) -> dict[str, Any]:
    folder = tmp_path / "metacontroller"
    shutil.copytree(metacontroller.DEDICATED, folder)
    kustomization = folder / "kustomization.yaml"
    changed = yaml.safe_load(kustomization.read_text())
    base, *ours = changed["resources"]
    assert base.endswith("/metacontroller//manifests/production?ref=v4.17.2")
    kustomization.write_text(yaml.safe_dump(changed | {"resources": ["upstream.yaml", *ours]}))
    (folder / "upstream.yaml").write_text(UPSTREAM)
    command = [str(binaries() / "kubectl"), "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {manifest["kind"]: manifest for manifest in yaml.safe_load_all(done.stdout)}


def test_no_right_is_left_of_upstreams(tmp_path: Path) -> None:
    rules = built(tmp_path)["ClusterRole"]["rules"]
    named = {word for rule in rules for key in rule for word in rule[key]}
    assert "*" not in named
    assert "secrets" in named


def test_settings(tmp_path: Path) -> None:
    [container] = built(tmp_path)["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    assert container["args"] == metacontroller.dedicated()
    assert container["image"] == "metacontroller"


def test_no_pod_reaches_it(tmp_path: Path) -> None:
    manifests = built(tmp_path)
    policy, statefulset = manifests["NetworkPolicy"], manifests["StatefulSet"]
    assert policy["metadata"]["namespace"] == statefulset["metadata"]["namespace"]
    labels = statefulset["spec"]["template"]["metadata"]["labels"]
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert policy["spec"]["policyTypes"] == ["Ingress"]
    assert "ingress" not in policy["spec"]
