"""The real Metacontroller, where its binary and its CRDs are at hand."""

import os
import shutil
from pathlib import Path
from typing import Any, Self

import yaml

from clusters import ControlPlane
from clusters.process import Process

MANIFESTS = Path(__file__).parents[1] / "metacontroller"
HOOKS = "http://hooks.multicluster-service-account.svc:8080"
ABSENT = (
    "The real Metacontroller is not here: put its binary on PATH or into $METACONTROLLER, and its"
    " CRDs beside it (metacontroller-crds-v1.yaml) or into $METACONTROLLER_CRDS."
)


def found() -> tuple[Path, Path] | None:
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
        hooks_url: str,
        kubeconfig: Path | None = None,
    ) -> None:
        where = found()
        if where is None:
            raise FileNotFoundError(ABSENT)
        self._binary, self._crds = where
        self._cluster = cluster
        self._hooks_url = hooks_url
        self._kubeconfig = kubeconfig or cluster.kubeconfig
        self.log = folder / "metacontroller.log"
        self._process = Process(self.log, {"HOME": str(folder)})

    def install(self) -> None:
        """Its CRDs and our controllers are known to the cluster."""
        self._cluster.kubectl("apply", "--server-side", "-f", str(self._crds))
        self._cluster.kubectl("wait", "--for=condition=Established", "-f", str(self._crds))
        for manifest in controllers(self._hooks_url):
            self._cluster.kubectl("apply", "-f", "-", input=yaml.safe_dump(manifest))

    def start(self) -> None:
        """It runs, with the settings that we recommend."""
        self._process.start(
            [
                str(self._binary),
                f"--kubeconfig={self._kubeconfig}",
                "--apply-strategy=server-side-apply",
                "--workers=20",
                "--client-go-qps=100",
                "--client-go-burst=200",
                "--discovery-interval=2s",
                "--metrics-address=0",
                "--health-probe-bind-address=0",
            ]
        )

    def stop(self) -> None:
        """It has ended."""
        self._process.stop()

    def __enter__(self) -> Self:
        self.install()
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()


def controllers(hooks_url: str) -> list[dict[str, Any]]:
    """The shipped controllers, with their hooks at another address."""
    files = (MANIFESTS / "serviceaccountimports.yaml", MANIFESTS / "namespaces" / "controller.yaml")
    return [yaml.safe_load(file.read_text().replace(HOOKS, hooks_url)) for file in files]
