"""The real Metacontroller, where its binary and its CRDs are at hand."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import yaml

from support import ROOT
from support.cluster import ControlPlane
from support.cluster.process import Process

MANIFESTS = ROOT / "metacontroller"
NAMESPACE = "metacontroller"
DEDICATED = MANIFESTS.parent / "deploy" / "metacontroller"
HOOKS = "https://hooks.multicluster-service-account.svc"
ABSENT = (
    "The real Metacontroller is not here: put its binary on PATH or into $METACONTROLLER, and its"
    " CRDs beside it (metacontroller-crds-v1.yaml) or into $METACONTROLLER_CRDS."
)


def dedicated() -> list[str]:
    """Its settings in deploy/metacontroller."""
    statefulset = yaml.safe_load((DEDICATED / "statefulset.yaml").read_text())
    [container] = statefulset["spec"]["template"]["spec"]["containers"]
    args: list[str] = container["args"]
    return args


# For controllers without the label that deploy gives them, and found sooner; of two equal options
# the last counts.
SETTINGS = (
    *(option for option in dedicated() if not option.startswith("--target-label-selector=")),
    "--discovery-interval=2s",
)


def installed() -> tuple[Path, Path] | None:
    """The binary and the file with its CRDs, None unless both are there."""
    binary = os.environ.get("METACONTROLLER") or shutil.which("metacontroller")
    if not binary:
        return None
    beside = Path(binary).resolve().parent / "metacontroller-crds-v1.yaml"
    crds = Path(os.environ.get("METACONTROLLER_CRDS") or beside)
    return (Path(binary), crds) if crds.is_file() else None


class Metacontroller:
    """Metacontroller on a control plane, with our controllers, while the `with` block lasts."""

    def __init__(
        self,
        cluster: ControlPlane,
        folder: Path,
        hooks_url: str = "",
        *,
        kubeconfig: Path | None = None,
        environ: Mapping[str, str] | None = None,
        settings: Sequence[str] = SETTINGS,
    ) -> None:
        files = installed()
        if files is None:
            raise FileNotFoundError(ABSENT)
        self._binary, _ = files
        self._cluster = cluster
        self._hooks_url = hooks_url
        self.log = folder / "metacontroller.log"
        self._settings = settings
        self._kubeconfig = kubeconfig or cluster.kubeconfig
        self._process = Process(self.log, {"HOME": str(folder), **(environ or {})})

    def install(self) -> None:
        """Its CRDs and our controllers are known to the cluster."""
        install_crds(self._cluster)
        for manifest in controllers(self._hooks_url):
            self._cluster.kubectl("apply", "-f", "-", input=yaml.safe_dump(manifest))

    def start(self) -> None:
        """It runs, with the settings that we recommend."""
        self._process.start(
            [
                str(self._binary),
                f"--kubeconfig={self._kubeconfig}",
                *self._settings,
                "--metrics-address=0",
                "--health-probe-bind-address=0",
            ]
        )

    def stop(self) -> None:
        """It has ended."""
        self._process.stop()

    def kill(self) -> None:
        """It has ended by SIGKILL."""
        self._process.kill()

    def __enter__(self) -> Self:
        self.install()
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()


def install_crds(cluster: ControlPlane) -> None:
    """The cluster knows Metacontroller's kinds."""
    files = installed()
    if files is None:
        raise FileNotFoundError(ABSENT)
    crds = str(files[1])
    cluster.kubectl("apply", "--server-side", "-f", crds)
    cluster.kubectl("wait", "--for=condition=Established", "-f", crds)


def controllers(hooks_url: str) -> list[dict[str, Any]]:
    """The shipped controllers, with their hooks at another address, without TLS or a token."""
    files = (MANIFESTS / "serviceaccountimports.yaml", MANIFESTS / "namespaces" / "controller.yaml")
    shipped = [yaml.safe_load(file.read_text().replace(HOOKS, hooks_url)) for file in files]
    for controller in shipped:
        del controller["spec"]["endpointConfigs"]
    return shipped


def least(cluster: ControlPlane, folder: Path) -> Path:
    """A kubeconfig of the identity that deploy/metacontroller gives it."""
    cluster.kubectl("create", "namespace", NAMESPACE)
    account = ("-n", NAMESPACE, "metacontroller")
    cluster.kubectl("create", "serviceaccount", *account)
    cluster.kubectl("apply", "-f", str(DEDICATED / "clusterrole.yaml"))
    binding = ("metacontroller", "--clusterrole=metacontroller")
    subject = f"--serviceaccount={NAMESPACE}:metacontroller"
    cluster.kubectl("create", "clusterrolebinding", *binding, subject)
    config = yaml.safe_load(cluster.kubeconfig.read_text())
    token = cluster.kubectl("create", "token", *account, "--duration=2h")
    config["users"][0]["user"] = {"token": token.strip()}
    path = folder / "metacontroller"
    path.write_text(yaml.safe_dump(config))
    return path
