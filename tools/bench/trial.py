"""One trial: how long a new target's imports take to be Ready under the real Metacontroller."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mcsa_core.names import API_VERSION, KIND, PLURAL, SYSTEM_NAMESPACE, secret_name
from mcsa_hooks.jsontypes import Object
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.cluster.waiting import until
from support.engine.metacontroller import SETTINGS, Metacontroller, controllers, install_crds
from tools.bench import watch
from tools.bench.source import ACCOUNT

CRD = ROOT / "deploy" / "crd.yaml"
_IMPORTS = f"/apis/{API_VERSION}/{{}}{PLURAL}"
_CONTROLLERS = "/apis/metacontroller.k8s.io/v1alpha1/compositecontrollers"
_SECRETS = "/api/v1/{}secrets"
NAMESPACE = "default"
UNLIMITED = (*SETTINGS, "--client-go-qps=10000", "--client-go-burst=10000")
"""Of two equal flags the last counts. At SETTINGS Metacontroller mostly waits for its own limit."""


@dataclass(frozen=True)
class Target:
    """The objects of a new target, and the imports whose readiness stops the clock."""

    namespace: Object
    credentials: Sequence[Object] = field(repr=False)
    imports: Sequence[Object]
    awaited: Sequence[str]
    """The names of imports; no two have the same one."""


def imported(name: str, cluster: str = "cluster2", namespace: str = NAMESPACE) -> Object:
    """An import of the source's account."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"clusterName": cluster, "namespace": "default", "name": ACCOUNT},
    }


@dataclass(frozen=True)
class Trial:
    """A full target, with Metacontroller running, and no controller of ours yet."""

    cluster: ControlPlane
    api: ApiClient
    engine: Metacontroller
    target: Target
    hooks_url: str

    def seconds(self) -> float:
        """From the CompositeController until the last awaited import is Ready, with its Secret."""
        [controller, _] = controllers(self.hooks_url)
        return _arrival(self.api, self.target, controller)


@contextmanager
def prepared(
    target: Target,
    hooks_url: str,
    settings: Sequence[str] = UNLIMITED,
    identity: Callable[[ControlPlane, Path], Path] | None = None,
) -> Iterator[Trial]:
    """A new target; `identity` makes the kubeconfig of Metacontroller, else an administrator's."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(ControlPlane("cluster1", folder))
        api = ApiClient(cluster)
        _fill(cluster, api, target)
        kubeconfig = identity(cluster, folder) if identity else None
        engine = Metacontroller(
            cluster, folder, hooks_url, settings=settings, kubeconfig=kubeconfig
        )
        stack.callback(engine.stop)
        engine.start()
        until(lambda: "Starting workers" in engine.log.read_text())
        yield Trial(cluster, api, engine, target, hooks_url)


def seconds(target: Target, hooks_url: str, settings: Sequence[str] = UNLIMITED) -> float:
    """How long the imports of a new target took."""
    with prepared(target, hooks_url, settings) as trial:
        return trial.seconds()


def _fill(cluster: ControlPlane, api: ApiClient, target: Target) -> None:
    cluster.kubectl("apply", "-f", str(CRD))
    cluster.kubectl("wait", "--for=condition=Established", "-f", str(CRD))
    install_crds(cluster)
    api("POST", "/api/v1/namespaces", target.namespace)
    api.create_all(_SECRETS.format(f"namespaces/{SYSTEM_NAMESPACE}/"), target.credentials)
    namespaces = _by_namespace(target.imports)
    new = [{"metadata": {"name": namespace}} for namespace in namespaces if namespace != NAMESPACE]
    api.create_all("/api/v1/namespaces", new)
    for namespace, imports in namespaces.items():
        api.create_all(_IMPORTS.format(f"namespaces/{namespace}/"), imports)


def _by_namespace(imports: Sequence[Object]) -> dict[str, list[Object]]:
    namespaces: dict[str, list[Object]] = {}
    for sai in imports:
        namespaces.setdefault(sai["metadata"]["namespace"], []).append(sai)
    return namespaces


def _arrival(api: ApiClient, target: Target, controller: Object) -> float:
    imports = watch.opened(api, _IMPORTS.format(""))
    secrets = watch.opened(api, _SECRETS.format(""), watch.METADATA_ONLY)
    names = set(target.awaited)
    awaited = [sai["metadata"] for sai in target.imports if sai["metadata"]["name"] in names]
    expected = [secret_name(metadata["namespace"], metadata["name"]) for metadata in awaited]
    with ThreadPoolExecutor() as pool:
        arrivals = (
            pool.submit(watch.last, imports, names, watch.ready),
            pool.submit(watch.last, secrets, expected, lambda _: True),
        )
        started = time.monotonic()
        api("POST", _CONTROLLERS, controller)
        return max(arrival.result() for arrival in arrivals) - started
