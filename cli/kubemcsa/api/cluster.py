"""A cluster that can be called: the one module that sends requests to API servers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubemcsa.api import connection_failure, reply
from kubemcsa.api.object_paths import Object, collection_path, object_path
from kubemcsa.api.request_limit import REQUEST_SECONDS, urllib3_timeout
from kubemcsa.errors import ClusterError

FIELD_MANAGER = "kubemcsa"


@dataclass(frozen=True)
class Cluster:
    """A connection to a cluster, and what its kubeconfig says of it."""

    context: str
    name: str
    """The name of the cluster in the kubeconfig."""
    namespace: str
    """The context's namespace."""
    server: str
    ca: str | None
    """PEM; None where the kubeconfig relies on the machine's own CAs, or skips verification."""
    proxy_url: str | None = field(repr=False)
    tls_server_name: str | None
    _authorization: Callable[[], str | None] = field(repr=False)
    """Returns the value of the header Authorization, None for a client certificate."""
    _pool: Any = field(repr=False)
    """A PoolManager of urllib3."""
    noun: str = "context"
    """What `context` is the name of, for messages."""
    kubectl: str = "kubectl"
    """The command that calls this cluster, for messages."""
    _seconds: int | None = field(default_factory=REQUEST_SECONDS.get, repr=False)

    def get(self, path: str) -> Object | None:
        """The object or list at `path`, None if there is none."""
        return self._request("GET", path, missing_ok=True)

    def check_api(self) -> None:
        """ClusterError if what answers there is no Kubernetes API."""
        if not (self.get("/api") or {}).get("versions"):
            raise reply.error(self, 404, None)

    def list_objects(
        self,
        kind: Object,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> list[Object]:
        """All objects of a kind, or those with the labels or the name, in one namespace or in all.

        None are where the cluster does not know the kind. `kind` has its apiVersion and kind.
        """
        selector = ",".join(f"{key}%3D{value}" for key, value in (labels or {}).items())
        queries = [f"labelSelector={selector}"] if selector else []
        if name:
            queries.append(f"fieldSelector=metadata.name%3D{name}")
        path = collection_path(kind, namespace)
        collection = self.get(f"{path}?{'&'.join(queries)}" if queries else path) or {}
        # The items of a list have no apiVersion and no kind.
        return [kind | item for item in collection.get("items") or []]

    def create(self, path: str, body: Object) -> Object:
        """What the server made of `body`, posted to the collection or subresource `path`."""
        return self._request("POST", f"{path}?fieldManager={FIELD_MANAGER}", body) or {}

    def apply(self, body: Object, manager: str = FIELD_MANAGER) -> Object:
        """What the server made of `body` by server-side apply: created or updated, with force."""
        path = f"{object_path(body)}?fieldManager={manager}&force=true"
        return self._request("PATCH", path, body, "application/apply-patch+yaml") or {}

    def replace_status(self, body: Object) -> None:
        """Write the status of `body`, unless the object has changed since it was read."""
        self._request("PUT", f"{object_path(body)}/status?fieldManager={FIELD_MANAGER}", body)

    def replace(self, body: Object) -> None:
        """Write the whole object, unless it has changed since it was read: HTTP status 409."""
        self._request("PUT", f"{object_path(body)}?fieldManager={FIELD_MANAGER}", body)

    def merge(self, body: Object, patch: Object) -> None:
        """Change the fields of `patch` (JSON merge patch) of the object that has that uid."""
        patch = patch | {"metadata": patch["metadata"] | {"uid": body["metadata"]["uid"]}}
        path = f"{object_path(body)}?fieldManager={FIELD_MANAGER}"
        self._request("PATCH", path, patch, "application/merge-patch+json", missing_ok=True)

    def delete(self, body: Object, *, unchanged: bool = False) -> None:
        """Delete the object that has the uid of `body`; it may be gone already.

        With `unchanged` it must have the resourceVersion of `body` too, else: HTTP status 409.
        """
        keys = ("uid", "resourceVersion") if unchanged else ("uid",)
        options = {"preconditions": {key: body["metadata"][key] for key in keys}}
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
        response = self._send(method, path, body, content_type)
        if missing_ok and reply.is_missing(response.status, response.data):
            return None
        api_object = reply.api_object(response.data)
        if response.status in (200, 201, 202) and api_object is not None:
            return api_object
        raise reply.error(self, response.status, api_object)

    def _send(self, method: str, path: str, body: Object | None, content_type: str) -> Any:
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        headers = {"Accept": "application/json", "Content-Type": content_type}
        if authorization := self._authorization():
            headers["Authorization"] = authorization
        try:
            return self._pool.request(
                method,
                self.server + path,
                body=None if body is None else json.dumps(body),
                headers=headers,
                redirect=False,
                retries=False,
                timeout=urllib3_timeout(self._seconds),
            )
        except (HTTPError, ValueError) as error:
            proxy = getattr(self._pool, "proxy", None)
            cause, advice = connection_failure.describe(error, self._seconds, proxy)
            raise ClusterError(
                f"{self.noun} {self.context}: cannot reach {self.server}: {cause}; {advice}.",
                cause=cause,
            ) from None
