"""The answers to Metacontroller's DecoratorController for namespaces."""

from mcsa_core.names import API_VERSION, KIND, PLURAL
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.namespaces.entries import Entry
from mcsa_hooks.namespaces.sync import ERROR, Outcome


def customize(namespace: str) -> Object:
    """The answer to a customize request: a sync needs all imports of `namespace`.

    The annotation makes no difference: Metacontroller caches the answer beyond its changes.
    """
    rule = {"apiVersion": API_VERSION, "resource": PLURAL, "namespace": namespace}
    return {"relatedResources": [rule]}


def render(outcome: Outcome) -> Object:
    """The answer to a sync request: the imports, and the annotation that names bad entries."""
    return {
        "annotations": {ERROR: outcome.error},
        "attachments": [_import(entry, outcome.namespace) for entry in outcome.entries],
    }


def _import(entry: Entry, namespace: str) -> Object:
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"namespace": namespace, "name": entry.import_name},
        "spec": {
            "clusterName": entry.cluster,
            "namespace": entry.namespace,
            "name": entry.name,
        },
    }
