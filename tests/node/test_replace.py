"""Replacement of the CA and of the bearer token, as documented, while pods and imports are made."""

import re
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import pytest
import requests

from mcsa_certificates import desired
from mcsa_core.names import API_VERSION, KIND, SYSTEM_NAMESPACE
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.cluster.reading import decoded, get
from support.cluster.waiting import until
from support.documents import blocks
from support.node.real.admissions import Admissions

NAME = "cluster2-default-pod-lister"
IMPORTS = "/apis/multicluster.admiralty.io/v1alpha1/namespaces/default/serviceaccountimports"
PAUSE = 0.2


class Imports:
    """A thread that makes an import each second, and sees how many seconds it takes to be Ready."""

    def __init__(self, cluster: ControlPlane, prefix: str) -> None:
        self._api = ApiClient(cluster)
        self._prefix = prefix
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.created: dict[str, float] = {}
        self.seconds: dict[str, float] = {}
        self.errors: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._over.set()
        self._thread.join()

    def look(self) -> bool:
        """Whether all are Ready."""
        for item in self._api("GET", IMPORTS)["items"]:
            name = item["metadata"]["name"]
            conditions = item.get("status", {}).get("conditions", [])
            ready = [condition["status"] for condition in conditions] == ["True"]
            if ready and name in self.created.keys() - self.seconds.keys():
                self.seconds[name] = time.monotonic() - self.created[name]
                self._api("DELETE", f"{IMPORTS}/{name}")
        return self.seconds.keys() == self.created.keys()

    def _run(self) -> None:
        start = time.monotonic()
        while not self._over.wait(PAUSE):
            try:
                if time.monotonic() > start + len(self.created):
                    self._create(f"{self._prefix}-{len(self.created)}")
                self.look()
            except requests.RequestException as error:
                self.errors.append(str(error))

    def _create(self, name: str) -> None:
        self.created[name] = time.monotonic()
        body = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": name},
            "spec": {"clusterName": "cluster2", "namespace": "default", "name": "pod-lister"},
        }
        self._api("POST", IMPORTS, body)


def state(cluster: ControlPlane) -> dict[str, Any]:
    """What the Secrets hold."""
    names = (desired.AUTHORITY_KEY, desired.AUTHORITY, desired.TOKEN, *desired.LEAVES)
    return {n: decoded(get(cluster, "secret", "-n", SYSTEM_NAMESPACE, n)) for n in names}


@pytest.fixture
def labelled(cluster1: ControlPlane, introduced: None) -> None:
    """Automount is on, and the import is Ready."""
    cluster1.kubectl("label", "namespace", "default", f"{SYSTEM_NAMESPACE}=enabled", "--overwrite")
    cluster1.kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"sai/{NAME}")


[REPLACE] = blocks("docs/install.md", "bash", "Replace the CA and the bearer token")
HALF = REPLACE.partition("  # The servers get certificates")[0] + ")\n"
[AT_ONCE] = blocks("docs/emergency.md", "sh", "The bearer token or the CA's key is stolen")


@pytest.mark.parametrize("commands", [[REPLACE], [HALF, REPLACE]], ids=["once", "half-and-again"])
def test_replacement(
    commands: list[str],
    cluster1: ControlPlane,
    shell: Callable[[str], str],
    labelled: None,
    request: pytest.FixtureRequest,
) -> None:
    before, start = state(cluster1), time.monotonic()
    prefix = re.sub(r"[^a-z]+", "-", request.node.name).strip("-")
    with Admissions(cluster1, NAME) as admissions, Imports(cluster1, prefix) as imports:
        for script in commands:
            shell(script)
        seconds = time.monotonic() - start
        created = len(imports.created)
        # A while longer: the kubelet and Metacontroller may be late.
        until(lambda: len(imports.created) > created + 15)
    until(imports.look)
    print(
        f"\n{request.node.name}: {seconds:.0f} s; {admissions.admitted} pods admitted,"
        f" {len(admissions.refusals)} refused; {len(imports.created)} imports, the slowest Ready"
        f" after {max(imports.seconds.values()):.1f} s"
    )
    assert admissions.refusals == []
    assert imports.errors == []
    assert admissions.admitted > 100
    log = cluster1.kubectl("logs", "-n", "metacontroller", "statefulset/metacontroller")
    assert not re.findall("x509.*|.* 401 .*", log)
    after = state(cluster1)
    for name, key in [
        (desired.AUTHORITY_KEY, "tls.crt"),
        (desired.TOKEN, "token"),
        *((leaf, "tls.crt") for leaf in desired.LEAVES),
    ]:
        assert before[name][key] != after[name][key]
    assert after[desired.TOKEN]["accepted"] == after[desired.TOKEN]["token"]
    assert after[desired.AUTHORITY]["ca.crt"].startswith(after[desired.AUTHORITY_KEY]["tls.crt"])


def test_at_once(cluster1: ControlPlane, shell: Callable[[str], str], labelled: None) -> None:
    before = state(cluster1)
    shell("CLUSTER1=cluster1\n" + AT_ONCE)
    after = state(cluster1)
    assert after[desired.AUTHORITY]["ca.crt"] == after[desired.AUTHORITY_KEY]["tls.crt"]
    assert after[desired.TOKEN]["accepted"] == after[desired.TOKEN]["token"]
    assert not {*before[desired.TOKEN].values()} & {*after[desired.TOKEN].values()}
    with Imports(cluster1, "afterwards") as imports, Admissions(cluster1, NAME) as admissions:
        until(lambda: admissions.admitted and len(imports.seconds) > 1)
