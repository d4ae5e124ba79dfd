"""Helm itself makes of the chart what kubectl makes of the manifests, on a real API server."""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcsa_certificates import desired
from mcsa_core.names import SYSTEM_NAMESPACE
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import decoded, every_object, get
from support.cluster.scripts import environment
from support.cluster.waiting import until
from support.documents import blocks
from support.engine import installation, metacontroller
from support.samples.definitions import definition
from tools.chart import archive
from tools.chart.builds import Builds, Object, builds, with_components

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        shutil.which("helm") is None,
        reason="Helm is not here, so only test_chart.py tries the chart: put helm on PATH.",
    ),
]

INSTALL, UPGRADE, UNINSTALL = blocks("docs/helm.md", "bash")
KINDS = {
    "cert-manager.io": ("Certificate", "Issuer"),
    "monitoring.coreos.com": ("PodMonitor", "PrometheusRule"),
}
COMPONENTS = {"certManager": "cert-manager", "autoscaling": "autoscaling"}
NOTES = ("creationTimestamp", "generation", "managedFields", "resourceVersion")
"""What the API server says of an object in its metadata."""
MARKS = ("app.kubernetes.io/managed-by", "meta.helm.sh/", "kubectl.kubernetes.io/")
ALL = {"certManager": True, "autoscaling": True, "namespaces": True, "monitoring": True}


@pytest.fixture(scope="module")
def built() -> Builds:
    return builds()


@pytest.fixture
def dist(built: Builds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(archive, "builds", lambda: built)
    (tmp_path / "dist").mkdir()
    return archive.write(tmp_path / "dist").parent


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[ControlPlane]:
    """It knows the kinds of Metacontroller, cert-manager and the Prometheus operator."""
    if metacontroller.installed() is None:
        pytest.skip(metacontroller.ABSENT)
    with installation.cluster(tmp_path) as (control_plane, _):
        metacontroller.install_crds(control_plane)
        for group, kinds in KINDS.items():
            for kind in kinds:
                text = json.dumps(definition(group, kind))
                control_plane.kubectl("apply", "-f", "-", input=text)
        control_plane.kubectl("wait", "--for=condition=Established", "crd", "--all")
        yield control_plane


def run(script: str, dist: Path, *clusters: ControlPlane) -> subprocess.CompletedProcess[str]:
    """A script of bash in the folder that has `dist`."""
    return subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{script}"],
        cwd=dist.parent,
        env=environment(*clusters) | {"HOME": str(dist.parent)},
        capture_output=True,
        text=True,
    )


def done(script: str, dist: Path, *clusters: ControlPlane) -> str:
    """What a script that succeeds prints."""
    process = run(script, dist, *clusters)
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def with_values(command: str, **values: Any) -> str:
    """A command of helm with other values of the chart."""
    return command.rstrip() + "".join(f" --set-json '{k}={json.dumps(values[k])}'" for k in values)


def selected(built: Builds, values: dict[str, Any]) -> list[Object]:
    """The objects of the kustomizations that the values choose."""
    components = [name for value, name in COMPONENTS.items() if values.get(value)]
    objects = with_components(*components) if components else built.install
    optional = (built.namespaces, "namespaces"), (built.monitoring, "monitoring")
    return [*objects, *(o for added, name in optional if values.get(name) for o in added)]


def title(manifest: Object) -> tuple[str, str, str]:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace", ""), metadata["name"]


def test_lint(dist: Path) -> None:
    done("helm lint --strict dist/*.tgz", dist)


@pytest.mark.parametrize("values", [{}, *({name: True} for name in ALL), ALL], ids=str)
def test_templates(built: Builds, dist: Path, values: dict[str, Any]) -> None:
    text = done(with_values("helm template any dist/*.tgz", **values), dist)
    rendered = {title(o): o for o in yaml.safe_load_all(text) if o}
    assert rendered == {title(o): o for o in selected(built, values)}


@pytest.mark.parametrize("value", ["nosuch=1", "image.tag=1", 'certManager="yes"'])
def test_values_that_are_none(dist: Path, value: str) -> None:
    process = run(f"helm template any dist/*.tgz --set-json '{value}'", dist)
    assert process.returncode
    assert re.search(value.partition("=")[0].replace(".", "[/.]"), process.stderr)


def live(cluster: ControlPlane, objects: list[Object]) -> dict[tuple[str, str, str], Object]:
    """The objects as the API server has them, without what differs from one creation to another."""
    names = [{key: o[key] for key in ("apiVersion", "kind", "metadata")} for o in objects]
    text = cluster.kubectl("get", "-f", "-", "-o", "json", input=yaml.safe_dump_all(names))
    return {title(item): bare(item) for item in json.loads(text)["items"]}


def bare(item: Object) -> Object:
    """The object without its status, and without marks and addresses of its own."""
    metadata = item["metadata"]
    anonymous: Object = json.loads(json.dumps(item).replace(metadata["uid"], "UID"))
    metadata = {k: v for k, v in anonymous["metadata"].items() if k not in NOTES}
    for field in ("labels", "annotations"):
        entries = metadata.pop(field, {}).items()
        metadata[field] = {k: v for k, v in entries if not k.startswith(MARKS)}
    for address in ("clusterIP", "clusterIPs"):
        anonymous.get("spec", {}).pop(address, None)
    return {**anonymous, "metadata": metadata, "status": None}


def is_gone(cluster: ControlPlane) -> bool:
    return SYSTEM_NAMESPACE not in cluster.kubectl("get", "namespaces")


@pytest.mark.parametrize("values", [{}, ALL], ids=["defaults", "all"])
def test_objects_are_those_of_kubectl(
    cluster: ControlPlane, built: Builds, dist: Path, values: dict[str, Any]
) -> None:
    objects = selected(built, values)
    done(with_values(INSTALL, **values), dist, cluster)
    by_helm = live(cluster, objects)
    done(UNINSTALL, dist, cluster)
    until(lambda: is_gone(cluster))
    cluster.kubectl("apply", "-f", "-", input=yaml.safe_dump_all(objects))
    assert live(cluster, objects) == by_helm
    assert len(by_helm) == len(objects)


def fill(cluster: ControlPlane) -> None:
    """The bearer token and the webhook's CA are there."""
    data = json.dumps({"stringData": {"token": "made-up"}})
    secret = ("secret", "-n", SYSTEM_NAMESPACE, desired.TOKEN)
    cluster.kubectl("patch", *secret, "--type=merge", "-p", data)
    webhook = ("mutatingwebhookconfiguration", "multicluster-service-account")
    bundle = base64.b64encode(cluster.ca.encode()).decode()
    patch = [{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": bundle}]
    cluster.kubectl("patch", *webhook, "--type=json", "-p", json.dumps(patch))


def is_filled(cluster: ControlPlane) -> bool:
    secret = get(cluster, "secret", "-n", SYSTEM_NAMESPACE, desired.TOKEN)
    webhook = get(cluster, "mutatingwebhookconfiguration", "multicluster-service-account")
    return "token" in decoded(secret) and "caBundle" in webhook["webhooks"][0]["clientConfig"]


def replicas(cluster: ControlPlane) -> list[int]:
    servers = get(cluster, "deployments", "-n", SYSTEM_NAMESPACE, "hooks", "admission")
    return [server["spec"]["replicas"] for server in servers["items"]]


def test_upgrade_and_uninstall(
    cluster: ControlPlane, built: Builds, dist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was filled in stays, values too; the CRD changes; in the end nothing is left."""
    before = every_object(cluster)
    done(with_values(INSTALL, replicas=3), dist, cluster)
    fill(cluster)
    newer = json.loads(json.dumps(built.install).replace("keeps a Secret", "has a Secret"))
    monkeypatch.setattr(archive, "builds", lambda: built._replace(install=newer))
    archive.write(dist)
    done(UPGRADE, dist, cluster)
    assert "has a Secret" in cluster.kubectl("explain", "serviceaccountimports")
    assert is_filled(cluster)
    assert replicas(cluster) == [3, 3]
    done(UNINSTALL, dist, cluster)
    until(lambda: is_gone(cluster))
    assert every_object(cluster) == before


def test_over_what_kubectl_has_made(cluster: ControlPlane, built: Builds, dist: Path) -> None:
    before = every_object(cluster)
    cluster.kubectl("apply", "-f", "-", input=yaml.safe_dump_all(built.install))
    fill(cluster)
    by_kubectl = live(cluster, built.install)
    [flag] = re.findall(
        r"With Helm 4, add `(\S+)` to that command", (ROOT / "docs" / "helm.md").read_text()
    )
    is_newer = done("helm version --template '{{.Version}}'", dist).startswith("v4")
    done(f"{INSTALL.rstrip()} {flag if is_newer else ''}", dist, cluster)
    assert live(cluster, built.install) == by_kubectl
    done(with_values(UPGRADE, replicas=1), dist, cluster)
    assert replicas(cluster) == [1, 1]
    assert is_filled(cluster)
    done(UNINSTALL, dist, cluster)
    until(lambda: is_gone(cluster))
    assert every_object(cluster) == before
