"""The customize hook: which Secrets a sync wants to be told about."""

from mcsa_core.credentials import secret_names
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports.request import Import


def customize(imported: Import) -> Object:
    """The answer to a customize request: the cluster's credentials and the import's own Secret.

    It depends on the import alone, since Metacontroller keeps it for 20 minutes.
    """
    return {
        "relatedResources": [
            _secrets(SYSTEM_NAMESPACE, *secret_names(imported.cluster)),
            _secrets(imported.namespace, imported.secret_name),
        ]
    }


def _secrets(namespace: str, *names: str) -> Object:
    return {
        "apiVersion": "v1",
        "resource": "secrets",
        "namespace": namespace,
        "names": list(names),
    }
