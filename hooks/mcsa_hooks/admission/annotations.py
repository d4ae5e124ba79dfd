"""Which imports a pod requests, by its annotations."""

import json
from dataclasses import dataclass

from mcsa_core.names import GROUP, IMPORT_NAME, is_import_name
from mcsa_hooks.jsontypes import MalformedError, Object, mapping

KUBECONFIG = f"{GROUP}/service-account-import.kubeconfig"
MIRROR = "kubernetes.io/config.mirror"
MAX_LENGTH = 4096
MAX_IMPORTS = 32

# deploy/policy-mounts.yaml trims the same characters.
_WHITESPACE = " \t\r\n"
_QUOTED_LENGTH = 80


class AnnotationError(ValueError):
    """One sentence for the pod's author: which annotation, what is the matter, what to do."""


@dataclass(frozen=True)
class RequestedImports:
    """The imports that all containers of a pod mount."""

    names: tuple[str, ...]
    """Each once, in the order of the annotation."""
    kubeconfig: bool
    """Whether KUBECONFIG lists the kubeconfigs of the imports."""


def requested_imports(pod: Object) -> RequestedImports:
    """The imports that `pod` requests; AnnotationError if an annotation is not valid.

    None for a mirror pod: the kubelet runs it from a file, and it may not refer to Secrets.
    """
    annotations = mapping(mapping(pod.get("metadata")).get("annotations") or {})
    names = [] if MIRROR in annotations else _names(_value(annotations, IMPORT_NAME))
    if not names:
        return RequestedImports((), kubeconfig=False)
    return RequestedImports(tuple(names), kubeconfig=_is_true(_value(annotations, KUBECONFIG)))


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
    trimmed = (name.strip(_WHITESPACE) for name in value.split(","))
    names = [name for name in trimmed if name]
    # Repeated names count: CEL, in the policy, can't drop them in linear time.
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


def _is_true(value: str) -> bool:
    if value not in ("", "true", "false"):
        raise AnnotationError(
            f'annotation {KUBECONFIG} is {_quoted(value)}: set it to "true", or remove it.'
        )
    return value == "true"


def _quoted(value: str) -> str:
    """`value` on one line of ASCII, shortened if it is long."""
    short = value if len(value) <= _QUOTED_LENGTH else f"{value[:_QUOTED_LENGTH]}..."
    return json.dumps(short)
