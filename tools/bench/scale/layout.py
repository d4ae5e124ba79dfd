"""Targets of many imports: spread over namespaces or in one, of one cluster or of many."""

from dataclasses import replace

from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_hooks.jsontypes import Object
from tools.bench.source import Source
from tools.bench.trial import NAMESPACE, Target, imported

SPREAD, ONE = "namespaces of 100", "one namespace"


def of_size(source: Source, size: int, layout: str) -> Target:
    """So many imports of one cluster."""
    names = [f"import-{number}" for number in range(size)]
    imports = [
        imported(name, namespace=f"ns-{number // 100}" if layout == SPREAD else NAMESPACE)
        for number, name in enumerate(names)
    ]
    return Target(source.namespace, [source.credential], imports, names)


def of_clusters(source: Source, clusters: int, each: int) -> Target:
    """So many imports of each of many clusters, in namespaces of 100.

    The clusters are one source under many names. Their CA certificates differ by a line of text, so
    that the hooks take each for another endpoint: connections and a circuit of its own.
    """
    names = [f"cluster-{number}" for number in range(clusters)]
    imports = [
        imported(f"import-{number}-{cluster}", cluster, f"ns-{(number * clusters + place) // 100}")
        for number in range(each)
        for place, cluster in enumerate(names)
    ]
    credentials = [registered(name, _apart(source.access, name)) for name in names]
    awaited = [sai["metadata"]["name"] for sai in imports]
    return Target(source.namespace, credentials, imports, awaited)


def registered(cluster: str, access: Access) -> Object:
    """The Secret that registers a cluster."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"namespace": SYSTEM_NAMESPACE, "name": cluster},
        "type": "Opaque",
        "data": secret.data(cluster, access),
    }


def _apart(access: Access, name: str) -> Access:
    endpoint = replace(access.endpoint, ca=f"{name}\n{access.endpoint.ca}")
    return replace(access, endpoint=endpoint)
