"""The node's programs and its two clusters, from inside of its namespaces."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from support.cluster import ControlPlane
from support.cluster.credentials import write_private
from support.cluster.process import Process
from support.cluster.waiting import until

from . import containers, layout, policies
from .programs import PARTS

TARGET_FLAGS = (
    "--authorization-mode=Node",
    "--enable-admission-plugins=NodeRestriction",
    f"--service-cluster-ip-range={layout.SERVICES}",
    "--endpoint-reconciler-type=lease",
    "--kubelet-preferred-address-types=InternalIP",
)
USERS = {
    "kubelet": (f"system:node:{layout.NAME}", "system:nodes"),
    "kube-proxy": ("system:kube-proxy",),
    "kube-scheduler": ("system:kube-scheduler",),
    "coredns": ("coredns", "system:masters"),
    policies.PROGRAM: (policies.PROGRAM, "system:masters"),
}
"""The user and the groups as which the programs call cluster1: by impersonation."""


class Node:
    """A node of cluster1 beside cluster2, for as long as the `with` block lasts."""

    def __init__(self) -> None:
        folder = layout.FOLDER
        self.cluster1 = ControlPlane(
            "cluster1",
            folder / "cluster1",
            controller_manager=True,
            flags=TARGET_FLAGS,
            host=layout.ADDRESS,
        )
        self.cluster2 = ControlPlane(
            "cluster2", folder / "cluster2", controller_manager=True, host=layout.SOURCE_ADDRESS
        )
        self._processes = {
            name: Process(folder / f"{name}.log", _environment(name), grace=5)
            for name in ("containerd", *USERS)
        }
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        clusters = (self.cluster1, self.cluster2)
        with ExitStack() as stack, ThreadPoolExecutor() as pool:
            for cluster in clusters:
                stack.callback(cluster.stop)
            for process in self._processes.values():
                stack.callback(process.stop)
            starts = (*(cluster.start for cluster in clusters), self.start_containerd)
            for started in [pool.submit(start) for start in starts]:
                started.result()
            self._join()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._stack.close()

    def start_containerd(self) -> None:
        """It serves, and has the images."""
        _configure("pods.conflist", layout.FOLDER / "cni" / "pods.conflist")
        self._serve_containers()
        for archive in sorted((layout.FOLDER / "images").iterdir()):
            containers.ctr("images", "import", "--local", str(archive))

    def _serve_containers(self) -> None:
        process = self._processes["containerd"]
        process.start([_program("containerd"), f"--config={PARTS / 'node' / 'containerd.toml'}"])
        process.wait_until(containers.served)

    def _join(self) -> None:
        """The node is Ready, its pods are scheduled, and Services and DNS answer."""
        for name in USERS:
            self._write_kubeconfig(name)
        self.cluster1.kubectl("apply", "-f", str(PARTS / "node" / "dns.yaml"))
        self._start("kube-scheduler", "--leader-elect=false", "--secure-port=0")
        self._serve_addresses()
        self.start_kubelet()
        until(lambda: self.cluster1.kubectl("get", "node", layout.NAME, check=False))
        self.cluster1.kubectl("wait", "--for=condition=Ready", "node", layout.NAME, "--timeout=60s")
        self._enforce_policies()

    def _serve_addresses(self) -> None:
        """Services and DNS."""
        self._processes["kube-proxy"].start(
            [_program("kube-proxy"), f"--config={PARTS / 'node' / 'kube-proxy.yaml'}"]
        )
        self._processes["coredns"].start(
            [_program("coredns"), f"-conf={PARTS / 'node' / 'Corefile'}"]
        )

    def _enforce_policies(self) -> None:
        """NetworkPolicies are enforced a moment later, where kube-router is at hand.

        It ends if the node has not joined the cluster.
        """
        if policies.installed():
            self._start(policies.PROGRAM, *policies.FLAGS)

    def start_kubelet(self) -> None:
        """It has been started; the node is Ready a moment later."""
        self._start(
            "kubelet",
            f"--config={PARTS / 'node' / 'kubelet.yaml'}",
            f"--hostname-override={layout.NAME}",
            f"--node-ip={layout.ADDRESS}",
            f"--root-dir={layout.FOLDER / 'kubelet'}",
            f"--cert-dir={layout.FOLDER / 'kubelet' / 'pki'}",
        )

    def kill(self, name: str) -> None:
        """A program of the node has ended by SIGKILL."""
        self._processes[name].kill()

    def reboot(self) -> None:
        """The machine went off and on: all but its disk is new. The clusters' servers go on."""
        for name in ("kubelet", "containerd", "kube-proxy", "coredns", policies.PROGRAM):
            if self._processes[name].running:
                self.kill(name)
        containers.end_all()
        self._serve_containers()
        self._serve_addresses()
        self.start_kubelet()
        self._enforce_policies()

    def _start(self, name: str, *flags: str) -> None:
        kubeconfig = f"--kubeconfig={_kubeconfig(name)}"
        self._processes[name].start([_program(name), kubeconfig, *flags])

    def _write_kubeconfig(self, name: str) -> None:
        config = json.loads(self.cluster1.kubeconfig.read_text())
        user, *groups = USERS[name]
        config["users"][0]["user"] |= {"as": user, "as-groups": groups}
        write_private(_kubeconfig(name), json.dumps(config))


def _kubeconfig(name: str) -> Path:
    return layout.FOLDER / f"{name}.kubeconfig"


def _configure(name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(PARTS / "node" / name, path)


def _program(name: str) -> str:
    path = shutil.which(name)
    assert path, f"{name} is not on PATH"
    return path


def _environment(name: str) -> dict[str, str]:
    """With the libraries of Debian's packages, which runc and nft need."""
    libraries = layout.PACKAGES / "usr" / "lib" / "x86_64-linux-gnu"
    env = os.environ | {"LD_LIBRARY_PATH": str(libraries)}
    return env | (policies.environment(env["PATH"]) if name == policies.PROGRAM else {})
