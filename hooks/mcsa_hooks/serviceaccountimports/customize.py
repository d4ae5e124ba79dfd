"""The customize hook: which Secrets Metacontroller sends along with a sync request."""

from mcsa_core.credential_order import secret_names
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.serviceaccountimports.request import ServiceAccountImport


def customize(sai: ServiceAccountImport) -> Object:
    """The answer to a customize request: the cluster's credentials and the import's Secrets.

    It depends on the import's spec alone: Metacontroller caches it for 20 minutes per generation.
    """
    return {
        "relatedResources": [
            _secrets(SYSTEM_NAMESPACE, *secret_names(sai.cluster)),
            _secrets(sai.namespace, sai.secret_name, *(t.name for t in sai.templates)),
        ]
    }


def _secrets(namespace: str, *names: str) -> Object:
    return {
        "apiVersion": "v1",
        "resource": "secrets",
        "namespace": namespace,
        "names": list(names),
    }
