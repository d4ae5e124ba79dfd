"""A cluster as its administrator's kubeconfig reaches it: the one module that calls API servers."""

import json
import logging
import os
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import yaml

from multicluster_service_account.access import Access

Object = dict[str, Any]
FIELD_MANAGER = "kubemcsa"
_CONNECT_SECONDS = 5
_READ_SECONDS = 30


class ClusterError(click.ClickException):
    """A cluster, or the kubeconfig that should lead to it, failed us; one sentence."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status, if there was an answer."""


@dataclass(frozen=True)
class Cluster:
    """A connection to a cluster, and what its kubeconfig says of it."""

    context: str
    name: str
    """Of the kubeconfig's cluster."""
    namespace: str
    server: str
    ca: str | None
    """PEM; None where the kubeconfig relies on the machine's own or on nothing."""
    proxy_url: str | None = field(repr=False)
    tls_server_name: str | None
    _authorization: Callable[[], str | None] = field(repr=False)
    """The header of that name."""
    _pool: Any = field(repr=False)
    _what: str = "context"
    """What `context` is the name of, for messages."""

    def get(self, path: str) -> Object | None:
        """The object or list at `path`, None if there is none."""
        return self._request("GET", path, missing_ok=True)

    def listed(
        self, kind: Object, namespace: str | None = None, labels: Mapping[str, str] | None = None
    ) -> list[Object]:
        """All objects of a kind, or those with the labels, in one namespace or in all.

        None are where the cluster does not know the kind. `kind` has its apiVersion and kind.
        """
        selector = ",".join(f"{key}%3D{value}" for key, value in (labels or {}).items())
        path = collection_path(kind, namespace)
        found = self.get(f"{path}?labelSelector={selector}" if selector else path) or {}
        # The items of a list do not say what they are.
        return [kind | item for item in found.get("items") or []]

    def create(self, path: str, body: Object) -> Object:
        """What the server made of `body`, posted to the collection or subresource `path`."""
        return self._request("POST", f"{path}?fieldManager={FIELD_MANAGER}", body) or {}

    def apply(self, body: Object) -> Object:
        """What the server made of `body`: created or updated, whoever changed it in between."""
        path = f"{object_path(body)}?fieldManager={FIELD_MANAGER}&force=true"
        return self._request("PATCH", path, body, "application/apply-patch+yaml") or {}

    def replace_status(self, body: Object) -> None:
        """Write the status of `body`, unless the object has changed since it was read."""
        self._request("PUT", f"{object_path(body)}/status?fieldManager={FIELD_MANAGER}", body)

    def delete(self, body: Object) -> None:
        """Delete that very object, by its uid; it may be gone already."""
        options = {"preconditions": {"uid": body["metadata"]["uid"]}}
        self._request("DELETE", object_path(body), options, missing_ok=True)

    def _request(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        content_type: str = "application/json",
        *,
        missing_ok: bool = False,
    ) -> Object | None:
        from urllib3 import Timeout  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        headers = {"Accept": "application/json", "Content-Type": content_type}
        if authorization := self._authorization():
            headers["Authorization"] = authorization
        try:
            response = self._pool.request(
                method,
                self.server + path,
                body=None if body is None else json.dumps(body),
                headers=headers,
                redirect=False,
                retries=False,
                timeout=Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
            )
        except (HTTPError, ValueError) as error:
            raise ClusterError(
                f"{self._what} {self.context}: cannot reach {self.server}: {type(error).__name__}."
            ) from None
        # Of an API group that it does not know an API server says so in plain text.
        if response.status == 404 and missing_ok:
            return None
        found = _json(response.data)
        if found is None:
            raise ClusterError(
                f"{self._what} {self.context}: what answers at {self.server} is no Kubernetes API"
                f" (HTTP status {response.status}).",
                response.status,
            )
        if response.status not in (200, 201, 202):
            raise ClusterError(
                f"{self._what} {self.context}: {found.get('message')}"
                f" (HTTP status {response.status}).",
                response.status,
            )
        return found


def connect(kubeconfig: str | None, context: str | None) -> Cluster:
    """Connect to the cluster of a context, by default the current one; ClusterError if it can't.

    The kubeconfig is the caller's own: the official client loads it, exec plugins included.
    """
    # The official client takes most of a second to import.
    from kubernetes import client, config  # noqa: PLC0415
    from kubernetes.config.kube_config import KubeConfigMerger  # noqa: PLC0415

    # It would print what its plugins say, beside our one sentence.
    logging.getLogger().addHandler(logging.NullHandler())
    path = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    configuration = client.Configuration()
    try:
        merger = KubeConfigMerger(path)
        name = context or _current_context(merger.config_files.values())
        entry = merger.config["contexts"].get_with_name(name)["context"]
        cluster = merger.config["clusters"].get_with_name(entry["cluster"])["cluster"]
        user = merger.config["users"].get_with_name(entry["user"])["user"]
        server = str(cluster["server"]).rstrip("/")
        config.load_kube_config(path, name, configuration, persist_config=False)
        api = client.ApiClient(configuration)
        ca = Path(configuration.ssl_ca_cert).read_text() if configuration.ssl_ca_cert else None
    except (
        config.ConfigException,
        yaml.YAMLError,
        OSError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
    ) as error:
        # The official client's own words can quote a user, token included.
        wanted = f"context {context}" if context else "the current context"
        raise ClusterError(
            f"cannot use {wanted} of kubeconfig {path} ({type(error).__name__}): see whether"
            " kubectl can."
        ) from None
    if "exec" in user and not (configuration.auth_settings() or configuration.cert_file):
        raise ClusterError(f"context {name}: its login plugin {user['exec']['command']} failed.")
    return Cluster(
        context=name,
        name=entry["cluster"],
        namespace=entry.safe_get("namespace") or "default",
        server=server,
        ca=ca if configuration.verify_ssl else None,
        proxy_url=cluster.safe_get("proxy-url"),
        tls_server_name=cluster.safe_get("tls-server-name"),
        _authorization=lambda: _bearer(configuration),
        _pool=api.rest_client.pool_manager,
    )


def reach(name: str, access: Access) -> Cluster:
    """Connect to the cluster `name` as the holder of a credential; ClusterError if it can't.

    The credential is somebody else's: nothing but what it says itself is used, its CA above all.
    """
    import urllib3  # noqa: PLC0415

    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(cadata=access.ca)
    except ssl.SSLError as error:
        raise ClusterError(f"cluster {name}: the CA of its credential can't be used.") from error
    tls: dict[str, Any] = {
        "ssl_context": context,
        "server_hostname": access.tls_server_name,
        "assert_hostname": access.tls_server_name,
    }
    proxy = access.proxy_url
    return Cluster(
        context=name,
        name=name,
        namespace=access.namespace,
        server=access.server.rstrip("/"),
        ca=access.ca,
        proxy_url=proxy,
        tls_server_name=access.tls_server_name,
        _authorization=lambda: f"Bearer {access.token}",
        _pool=urllib3.ProxyManager(proxy, **tls) if proxy else urllib3.PoolManager(**tls),
        _what="cluster",
    )


def _bearer(configuration: Any) -> str | None:
    found = configuration.auth_settings().get("BearerToken")
    return found["value"] if found else None


def _current_context(configs: Iterable[Object]) -> str:
    # As in kubectl the first file that says so decides; for the official client it is the last.
    for config in configs:
        if current := config.get("current-context"):
            return str(current)
    raise ValueError("there is none")


def object_path(body: Object) -> str:
    """The path of an object at its API server."""
    metadata = body["metadata"]
    return f"{collection_path(body, metadata.get('namespace'))}/{metadata['name']}"


def collection_path(kind: Object, namespace: str | None = None) -> str:
    """The path of the objects of a kind, in one namespace or in all; `kind` is one of them."""
    version, plural = kind["apiVersion"], kind["kind"].lower() + "s"
    if plural.endswith("ys"):
        plural = plural[:-2] + "ies"
    root = "apis" if "/" in version else "api"
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"/{root}/{version}{scope}/{plural}"


def _json(content: bytes) -> Object | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
