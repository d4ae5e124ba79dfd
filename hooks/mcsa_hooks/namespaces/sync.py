"""The hooks of namespaces: which imports a namespace should have."""

from mcsa_core.names import API_VERSION, GROUP, KIND, PLURAL, is_label
from mcsa_hooks.jsontypes import MalformedError, Object, mapping, objects
from mcsa_hooks.namespaces.entries import Entry, parse

ANNOTATION = f"{GROUP}/service-account-imports"
ERROR = f"{ANNOTATION}.error"
_DECORATOR = "metacontroller.k8s.io/decorator-controller"
_MAX_ANNOTATIONS = 256 * 1024
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
    name, metadata = _name(namespace), mapping(namespace.get("metadata"))
    annotations = mapping(metadata.get("annotations") or {})
    if not all(isinstance(value, str) for value in (metadata.get("uid"), *annotations.values())):
        raise MalformedError
    decorator = _name_of(mapping(body.get("controller")))
    found = mapping(mapping(body.get("related")).get(_IMPORTS)).values()
    # With server-side apply Metacontroller would take over what is not the namespace's own.
    taken = {
        _name_of(one) for one in map(mapping, found) if not _owned(one, metadata["uid"], decorator)
    }
    entries, error = parse(annotations.get(ANNOTATION, ""), taken)
    return {
        "annotations": {ERROR: error if error and _fits(annotations, error) else None},
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


def _owned(found: Object, uid: str, decorator: str) -> bool:
    """Whether the controller `decorator` made it for the namespace `uid`, by its own marks."""
    metadata = mapping(found.get("metadata"))
    marked = mapping(metadata.get("annotations") or {}).get(_DECORATOR) == decorator
    owners = objects(metadata.get("ownerReferences"))
    mine = (owner.get("controller") is True and owner.get("uid") == uid for owner in owners)
    return marked and any(mine)


def _fits(annotations: dict[str, str], error: str) -> bool:
    """Whether Kubernetes takes the error too; if not, Metacontroller would make no import."""
    others = {key: value for key, value in annotations.items() if key != ERROR}
    texts = (*others.keys(), *others.values(), ERROR, error)
    return sum(len(text.encode()) for text in texts) <= _MAX_ANNOTATIONS


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
