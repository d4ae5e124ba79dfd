"""All that runs in an end-to-end test, and an import in it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import yaml

from mcsa_core.names import secret_name
from support.cluster import ControlPlane
from support.cluster.introduction import introduce
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.engine.metacontroller import Metacontroller
from support.loopback.gunicorns import HookServer


@dataclass(frozen=True)
class Stack:
    """All that runs."""

    cluster1: ControlPlane
    cluster2: ControlPlane
    hooks: HookServer
    engine: Metacontroller

    def bootstrap(self, *args: str) -> None:
        """Introduce the clusters."""
        introduce(self.cluster1, self.cluster2, *args)

    def syncs(self) -> int:
        """How many the hooks have answered, by their access log."""
        return self.hooks.log.read_text().count("POST /serviceaccountimports/sync HTTP")


@dataclass(frozen=True)
class Import:
    """An import of the service account pod-lister, both in namespaces of one name."""

    stack: Stack
    namespace: str
    name: str = "cluster2-pod-lister"

    @property
    def secret_name(self) -> str:
        """The name of its Secret."""
        return secret_name(self.namespace, self.name)

    def manifest(self, **spec: Any) -> dict[str, Any]:
        """What to create."""
        return {
            "apiVersion": "multicluster.admiralty.io/v1alpha1",
            "kind": "ServiceAccountImport",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {"clusterName": "cluster2", "namespace": self.namespace, "name": "pod-lister"}
            | spec,
        }

    def create(self, **spec: Any) -> None:
        """Create it in cluster1."""
        manifest = yaml.safe_dump(self.manifest(**spec))
        self.stack.cluster1.kubectl("create", "-f", "-", input=manifest)

    def secret(self) -> Any:
        """Its Secret, None if there is none."""
        secrets = get(self.stack.cluster1, "secrets", "-n", self.namespace)["items"]
        return next((s for s in secrets if s["metadata"]["name"] == self.secret_name), None)

    def token(self) -> str:
        """The token in its Secret."""
        return decoded(self.secret())["token"]

    def condition(self) -> Any:
        """Its condition Ready, None if there is none yet."""
        sai = get(self.stack.cluster1, "sai", "-n", self.namespace, self.name)
        return next(iter(sai.get("status", {}).get("conditions", [])), None)

    def until(self, reason: str) -> Any:
        """Its condition Ready, as soon as it is what is expected."""

        def look() -> Any:
            condition = self.condition()
            return condition if condition and condition["reason"] == reason else None

        return until(look)

    def touch(self) -> None:
        """Have Metacontroller sync it now, not in five minutes."""
        scope = ("-n", self.namespace, self.name)
        annotation = f"seen={uuid4()}"
        self.stack.cluster1.kubectl("annotate", "--overwrite", "sai", *scope, annotation)

    def until_touched(self, reason: str) -> Any:
        """The same, while it is touched all the time.

        For about 10 s an API server accepts a token that is dead, and for 30 s after a Secret was
        written its token is not replaced.
        """

        def look() -> Any:
            self.touch()
            condition = self.condition()
            return condition if condition and condition["reason"] == reason else None

        return until(look)

    def who(self) -> str:
        """The user name by which cluster2 authenticates the kubeconfig; empty if it refuses."""
        config = self.stack.hooks.log.parent / f"config-{self.namespace}"
        config.write_text(decoded(self.secret())["config"])
        whoami = ("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}")
        return self.stack.cluster2.kubectl(f"--kubeconfig={config}", *whoami, check=False)
