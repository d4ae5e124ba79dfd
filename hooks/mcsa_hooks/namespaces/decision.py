"""The hooks of namespaces: which imports a namespace should have."""

from mcsa_hooks.namespaces.entries import Entry, parse
from mcsa_hooks.shape import MalformedError, Object, mapping, objects
from multicluster_service_account.names import API_VERSION, GROUP, KIND, PLURAL, is_label

ANNOTATION = f"{GROUP}/service-account-imports"
ERROR = f"{ANNOTATION}.error"
_IMPORTS = f"{KIND}.{API_VERSION}"


def customize(request: object) -> Object:
    """The answer to a customize request: all imports of the namespace.

    Whatever its annotation says, as Metacontroller keeps the answer when that changes.
    """
    name = _name(mapping(mapping(request).get("parent")))
    return {
        "relatedResources": [{"apiVersion": API_VERSION, "resource": PLURAL, "namespace": name}]
    }


def sync(request: object) -> Object:
    """The answer to a sync request: the imports, and the annotation that names bad entries."""
    body = mapping(request)
    namespace = mapping(body.get("object"))
    name, uid = _name(namespace), mapping(namespace.get("metadata")).get("uid")
    annotation = mapping(mapping(namespace.get("metadata")).get("annotations") or {}).get(
        ANNOTATION, ""
    )
    if body.get("finalizing") or not isinstance(annotation, str) or not isinstance(uid, str):
        raise MalformedError
    mapping(mapping(body.get("attachments")).get(_IMPORTS))
    found = mapping(mapping(body.get("related")).get(_IMPORTS)).values()
    # With server-side apply Metacontroller would take over what is not the namespace's own.
    taken = [_name_of(one) for one in map(mapping, found) if not _owned(one, uid)]
    entries, error = parse(annotation, taken)
    return {
        "annotations": {ERROR: error},
        "attachments": [_import(entry, name) for entry in entries],
    }


def _name(namespace: Object) -> str:
    name = _name_of(namespace)
    if not is_label(name):
        raise MalformedError
    return name


def _name_of(found: Object) -> str:
    name = mapping(found.get("metadata")).get("name")
    if not isinstance(name, str):
        raise MalformedError
    return name


def _owned(found: Object, uid: str) -> bool:
    owners = objects(mapping(found.get("metadata")).get("ownerReferences"))
    return any(owner.get("controller") is True and owner.get("uid") == uid for owner in owners)


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
