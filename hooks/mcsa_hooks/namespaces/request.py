"""The requests of Metacontroller's DecoratorController for namespaces, parsed into values."""

from dataclasses import dataclass

from mcsa_core.names import API_VERSION, KIND, is_label
from mcsa_hooks.jsontypes import MalformedError, Object, mapping, objects, string

_DECORATOR = "metacontroller.k8s.io/decorator-controller"
_IMPORTS = f"{KIND}.{API_VERSION}"


@dataclass(frozen=True)
class SyncRequest:
    """A namespace and its imports, as observed."""

    namespace: str
    annotations: dict[str, str]
    """All annotations of the namespace."""
    foreign_imports: frozenset[str]
    """The names of the namespace's imports that this DecoratorController did not make for it."""


def parse(body: object) -> SyncRequest:
    """The body of a sync request; MalformedError if it is not one."""
    request = mapping(body)
    namespace = mapping(request.get("object"))
    metadata = mapping(namespace.get("metadata"))
    uid, decorator = string(metadata.get("uid")), _name(mapping(request.get("controller")))
    annotations = mapping(metadata.get("annotations") or {})
    for annotation in annotations.values():
        string(annotation)
    imports = objects(list(mapping(mapping(request.get("related")).get(_IMPORTS)).values()))
    return SyncRequest(
        _label(namespace),
        annotations,
        frozenset(_name(sai) for sai in imports if not _is_owned(sai, uid, decorator)),
    )


def parse_customize(body: object) -> str:
    """The namespace's name in the body of a customize request; MalformedError if it is not one."""
    return _label(mapping(mapping(body).get("parent")))


def _label(namespace: Object) -> str:
    name = _name(namespace)
    if not is_label(name):
        raise MalformedError
    return name


def _name(manifest: Object) -> str:
    return string(mapping(manifest.get("metadata")).get("name"))


def _is_owned(sai: Object, uid: str, decorator: str) -> bool:
    """Whether the controller `decorator` has marked `sai` as made for the namespace `uid`."""
    metadata = mapping(sai.get("metadata"))
    annotation = mapping(metadata.get("annotations") or {}).get(_DECORATOR)
    owners = objects(metadata.get("ownerReferences"))
    return annotation == decorator and any(
        owner.get("controller") is True and owner.get("uid") == uid for owner in owners
    )
