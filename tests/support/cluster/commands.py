"""The command lines of a control plane's programs, and the files that these share."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .loopback import HOST

ISSUER = "https://kubernetes.default.svc.cluster.local"


class Ports(NamedTuple):
    """Where a control plane listens."""

    apiserver: int
    etcd: int
    etcd_peer: int


class Files:
    """The paths of a control plane's files, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "etcd"
        self.certificates = folder / "certificates"
        self.ca = folder / "ca.crt"
        self.signing_key = folder / "service-accounts.key"
        self.tokens = folder / "tokens.csv"
        self.kubeconfig = folder / "kubeconfig"
        self.home = folder / "home"

    def log(self, program: str) -> Path:
        return self.folder / f"{program}.log"


def environment(environ: Mapping[str, str], files: Files) -> dict[str, str]:
    """What the programs see: no proxies, no ETCD_*, no kubeconfig of the developer."""
    kept = {"PATH", "LD_LIBRARY_PATH", "TMPDIR"} & environ.keys()
    own = {"HOME": str(files.home), "KUBECONFIG": str(files.kubeconfig)}
    return {name: environ[name] for name in sorted(kept)} | own


def etcd(files: Files, ports: Ports) -> list[str]:
    """A single member."""
    client, peer = f"http://{HOST}:{ports.etcd}", f"http://{HOST}:{ports.etcd_peer}"
    return [
        "etcd",
        f"--data-dir={files.data}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
        # A single member waits for the length of an election before it serves.
        "--heartbeat-interval=20",
        "--election-timeout=200",
        "--log-level=warn",
    ]


def apiserver(
    files: Files, ports: Ports, *, host: str, controller_manager: bool, flags: Sequence[str]
) -> list[str]:
    """RBAC, an administrator by token, and a certificate that it makes itself."""
    # Without a controller manager no namespace has the service account that pods would need.
    without = [] if controller_manager else ["--disable-admission-plugins=ServiceAccount"]
    return [
        "kube-apiserver",
        f"--bind-address={host}",
        f"--advertise-address={host}",
        f"--secure-port={ports.apiserver}",
        f"--cert-dir={files.certificates}",
        f"--etcd-servers=http://{HOST}:{ports.etcd}",
        "--authorization-mode=RBAC",
        f"--token-auth-file={files.tokens}",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-signing-key-file={files.signing_key}",
        f"--service-account-key-file={files.signing_key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--endpoint-reconciler-type=none",
        "--shutdown-delay-duration=0s",
        *without,
        *flags,
    ]


def controller_manager(files: Files) -> list[str]:
    """All controllers, no port."""
    return [
        "kube-controller-manager",
        f"--kubeconfig={files.kubeconfig}",
        f"--service-account-private-key-file={files.signing_key}",
        f"--root-ca-file={files.ca}",
        "--leader-elect=false",
        "--secure-port=0",
    ]
