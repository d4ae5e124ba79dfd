"""The source of all measurements: a cluster with one account to import, and its credential."""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from click.testing import CliRunner

from kubemcsa.main import main
from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_hooks.jsontypes import Object
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient

ACCOUNT = "pod-lister"
_REQUESTS = re.compile(r"^apiserver_request_total\{(.*)\} (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """cluster2, introduced to targets that are called cluster1."""

    cluster: ControlPlane
    namespace: Object
    """The system namespace that targets need."""
    credential: Object = field(repr=False)
    """The Secret that registers cluster2 in a target, as `kubemcsa bootstrap` made it."""
    unlimited: Object = field(repr=False)
    """Such a Secret of a bootstrap without a scope: its tokens need no grant."""

    @property
    def access(self) -> Access:
        """What that Secret holds."""
        return secret.access(self.credential)

    @property
    def file(self) -> Path:
        """Its kubeconfig."""
        return self.cluster.kubeconfig.with_name("credential")

    def requests(self) -> Counter[str]:
        """How many requests of hooks it has had so far: for tokens, and reviews of tokens."""
        counted: Counter[str] = Counter()
        for labels, number in _REQUESTS.findall(
            ApiClient(self.cluster).send("GET", "/metrics").text
        ):
            [resource] = re.findall(r'\bresource="(.*?)"', labels)
            if resource in ("serviceaccounts", "selfsubjectreviews"):
                counted[resource] += int(float(number))
        return counted


@contextmanager
def running() -> Iterator[Source]:
    """It serves."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ControlPlane("cluster2", Path(folder)) as cluster,
    ):
        cluster.kubectl("create", "serviceaccount", ACCOUNT)
        manifests = Path(folder) / "for-cluster1.yaml"

        def introduced(target: str, *scope: str) -> dict[str, Object]:
            args = (
                f"--target-name={target}",
                f"--source-kubeconfig={cluster.kubeconfig}",
                f"--target-manifests={manifests}",
            )
            CliRunner().invoke(main, ["bootstrap", *args, *scope], catch_exceptions=False)
            return {o["kind"]: o for o in yaml.safe_load_all(manifests.read_text())}

        objects = introduced("cluster1", f"--service-account=default/{ACCOUNT}")
        unlimited = introduced("unlimited")["Secret"]
        source = Source(cluster, objects["Namespace"], objects["Secret"], unlimited)
        source.file.write_text(secret.value(source.credential, "config") or "")
        yield source
