"""What a pod's annotations ask for."""

import json
from dataclasses import dataclass

from mcsa_core.names import GROUP, IMPORT_NAME, is_import_name
from mcsa_hooks.jsontypes import MalformedError, Object, mapping

KUBECONFIG = f"{GROUP}/service-account-import.kubeconfig"
MIRROR = "kubernetes.io/config.mirror"
MAX_LENGTH = 4096
MAX_IMPORTS = 32

# What the policy on the final state trims too, and no more than that.
_BLANKS = " \t\r\n"
_QUOTED_LENGTH = 80


class AnnotationError(ValueError):
    """One sentence for the pod's author: which annotation, what is the matter, what to do."""


@dataclass(frozen=True)
class Wanted:
    """What a pod's containers are to have."""

    names: tuple[str, ...]
    """Of imports, each once, in the order of the annotation."""
    kubeconfig: bool
    """Whether KUBECONFIG is to list their files."""


def wanted(pod: Object) -> Wanted:
    """What `pod` asks for; AnnotationError if that can't be had.

    A mirror pod gets nothing: the kubelet runs it from a file, and it may not refer to Secrets.
    """
    annotations = mapping(mapping(pod.get("metadata")).get("annotations") or {})
    names = [] if MIRROR in annotations else _names(_value(annotations, IMPORT_NAME))
    if not names:
        return Wanted((), kubeconfig=False)
    return Wanted(tuple(names), kubeconfig=_switch(_value(annotations, KUBECONFIG)))


def _value(annotations: Object, key: str) -> str:
    value = annotations.get(key, "")
    if not isinstance(value, str):
        raise MalformedError
    return value


def _names(value: str) -> list[str]:
    if len(value) > MAX_LENGTH:
        raise AnnotationError(
            f"annotation {IMPORT_NAME} has {len(value)} characters, and can have at most"
            f" {MAX_LENGTH}: give it only the names of the imports, each once."
        )
    trimmed = (name.strip(_BLANKS) for name in value.split(","))
    names = [name for name in trimmed if name]
    # Counted before repeated names are dropped, which CEL can't do in linear time.
    if len(names) > MAX_IMPORTS:
        raise AnnotationError(
            f"annotation {IMPORT_NAME} names {len(names)} imports, and a pod can have at most"
            f" {MAX_IMPORTS}."
        )
    for name in names:
        if not is_import_name(name):
            raise AnnotationError(
                f"annotation {IMPORT_NAME} has {_quoted(name)}, which can't be the name of an"
                " import: give names of ServiceAccountImports, separated by commas."
            )
    return list(dict.fromkeys(names))


def _switch(value: str) -> bool:
    if value not in ("", "true", "false"):
        raise AnnotationError(
            f'annotation {KUBECONFIG} is {_quoted(value)}: set it to "true", or remove it.'
        )
    return value == "true"


def _quoted(value: str) -> str:
    """`value` on one line of ASCII, shortened if it is long."""
    cut = f"{value[:_QUOTED_LENGTH]}..." if len(value) > _QUOTED_LENGTH else value
    return json.dumps(cut)
