"""Many imports that are made, and awaited, together."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from mcsa_core.names import API_VERSION, KIND, PLURAL, secret_name
from mcsa_core.token import service_account
from support.cluster.api_client import ApiClient
from support.cluster.waiting import until
from support.engine.stack import Import, Stack


def imports_path(namespace: str) -> str:
    """Where an API server has the imports of a namespace."""
    return f"/apis/{API_VERSION}/namespaces/{namespace}/{PLURAL}"


@dataclass(frozen=True)
class Batch:
    """Imports of a namespace, each of an account of its own name in the source's `namespace`."""

    stack: Stack
    namespace: str
    clusters: dict[str, str]
    """What each import, by its name, calls the source."""

    @property
    def subjects(self) -> dict[str, str]:
        """The user name in the source that each token should have, by its Secret's name."""
        return {
            secret_name(self.namespace, name): service_account(self.namespace, name)
            for name in self.clusters
        }

    @property
    def imports(self) -> list[Import]:
        """Each of them."""
        return [Import(self.stack, self.namespace, name) for name in self.clusters]

    def create(self) -> None:
        """The source has the accounts, cluster1 the imports."""
        target, source = ApiClient(self.stack.cluster1), ApiClient(self.stack.cluster2)
        for name, cluster in self.clusters.items():
            account = {"metadata": {"name": name}}
            source("POST", f"/api/v1/namespaces/{self.namespace}/serviceaccounts", account)
            target("POST", imports_path(self.namespace), _manifest(self.namespace, name, cluster))

    def ready(self) -> Self:
        """They are all Ready."""
        self.create()
        self.until("TokenIssued")
        return self

    def reasons(self) -> Counter[str]:
        """How many of them give which reason."""
        items = ApiClient(self.stack.cluster1)("GET", imports_path(self.namespace))["items"]
        return Counter(_reason(sai) for sai in items if sai["metadata"]["name"] in self.clusters)

    def until(self, reason: str) -> None:
        """All of them give that reason."""
        until(lambda: self.reasons() == {reason: len(self.clusters)}, seconds=300)


MakeBatch = Callable[..., Batch]
"""So many imports, of the cluster of that name; their own names have `name` in them."""


def _manifest(namespace: str, name: str, cluster: str) -> Any:
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": name},
        "spec": {"clusterName": cluster, "namespace": namespace, "name": name},
    }


def _reason(sai: Any) -> str:
    conditions = sai.get("status", {}).get("conditions", [])
    return str(conditions[0]["reason"]) if conditions else ""
