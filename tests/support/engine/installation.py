"""Our manifests, applied to a real cluster, and its pods as processes behind its Services."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import yaml

from mcsa_core.names import SYSTEM_NAMESPACE
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.reading import get
from support.cluster.waiting import until
from support.engine import metacontroller
from support.node import pods
from support.node.pods import Pod
from support.node.services import Services

DEPLOY = ROOT / "deploy"
METACONTROLLER = "metacontroller.k8s.io/"


@dataclass(frozen=True)
class Installation:
    """A cluster with our manifests, and the Services that its API server calls."""

    cluster: ControlPlane
    services: Services
    folder: Path

    def apply(self) -> str:
        """The output of kubectl."""
        return apply(self.cluster)

    def pods(self, component: str) -> list[Pod]:
        """The pods that the cluster's controllers made; the API server let them in."""
        count = 1 if component == "certificates" else 2
        objects = until(lambda: at_least(count, pods.of(self.cluster, component)))
        return [Pod(self.cluster, pod, Path(mkdtemp(dir=self.folder))) for pod in objects[:count]]

    def certify(self) -> str:
        """The Secrets are filled: a pod of the certificates has done a round. Its log."""
        [pod] = self.pods("certificates")
        pod.start()
        pod.stop()
        return pod.log.read_text()

    def play_kubelet(self) -> None:
        """The pods that are there are Ready; those of the certificates have done a round."""
        for component in ("certificates", "hooks", "admission"):
            for item in pods.of(self.cluster, component):
                if not is_ready(item):
                    pod = Pod(self.cluster, item, Path(mkdtemp(dir=self.folder)))
                    if component == "certificates":
                        pod.start()
                        pod.stop()
                    pod.is_ready()

    def expose(self, service: str, pod: Pod) -> None:
        """The Service sends new connections to that pod."""
        address = get(self.cluster, "service", "-n", SYSTEM_NAMESPACE, service)["spec"]["clusterIP"]
        for host in (address, f"{service}.{SYSTEM_NAMESPACE}.svc"):
            self.services.ports[f"{host}:443"] = pod.port

    def serve(self) -> list[Pod]:
        """The Secrets are filled, and a pod of each Deployment serves."""
        self.certify()
        self.pods("certificates")[0].is_ready()
        started = []
        for service in ("hooks", "admission"):
            pods = self.pods(service)
            for pod in pods:
                assert pod.mount()
                pod.is_ready()
            pod = pods[0]
            pod.start()
            self.expose(service, pod)
            started.append(pod)
        return started

    def secret(self, name: str) -> Any:
        """A Secret of the system namespace."""
        return get(self.cluster, "secret", "-n", SYSTEM_NAMESPACE, name)


@contextmanager
def cluster(folder: Path, version: str = "1.37") -> Iterator[tuple[ControlPlane, Services]]:
    """A control plane that reaches its Services."""
    egress = folder / "egress.yaml"
    with Services(folder).running() as services:
        transport = {"uds": {"udsName": str(services.socket)}}
        connection = {"proxyProtocol": "HTTPConnect", "transport": transport}
        configuration = {
            "apiVersion": "apiserver.k8s.io/v1beta1",
            "kind": "EgressSelectorConfiguration",
            "egressSelections": [{"name": "cluster", "connection": connection}],
        }
        egress.write_text(json.dumps(configuration))
        flags = [f"--egress-selector-config-file={egress}"]
        control_plane = ControlPlane(
            "cluster1", folder / "cluster1", version=version, controller_manager=True, flags=flags
        )
        with control_plane:
            yield control_plane, services


def apply(cluster: ControlPlane, *flags: str) -> str:
    """`kubectl apply -k deploy/`, but for Metacontroller's kinds where the cluster has none."""
    if metacontroller.installed():
        return cluster.kubectl("apply", "-k", str(DEPLOY), *flags)
    return apply_ours(cluster, *flags)


def apply_ours(cluster: ControlPlane, *flags: str) -> str:
    """The same without Metacontroller's kinds."""
    built = cluster.kubectl("kustomize", str(DEPLOY))
    ours = [
        manifest
        for manifest in yaml.safe_load_all(built)
        if not manifest["apiVersion"].startswith(METACONTROLLER)
    ]
    return cluster.kubectl("apply", "-f", "-", *flags, input=yaml.safe_dump_all(ours))


def is_ready(pod: Any) -> bool:
    """Whether it is Ready, or has no need to be any more."""
    conditions = pod["status"].get("conditions", [])
    ready = [c["status"] for c in conditions if c["type"] == "Ready"]
    return ready == ["True"] or "deletionTimestamp" in pod["metadata"]


def at_least(count: int, items: list[Any]) -> list[Any]:
    """`items`, if there are so many; otherwise none."""
    return items if len(items) >= count else []
