"""A SecretTemplate: an entry of spec.secrets, checked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mcsa_core.names import GROUP, is_import_secret_name, is_subdomain
from mcsa_hooks.jsontypes import MalformedError, Object, mapping, objects, string

VARIABLES = (
    "server",
    "token",
    "ca.crt",
    "caData",
    "namespace",
    "clusterName",
    "proxyUrl",
    "tlsServerName",
    "kubeconfig",
)
MAX_SECRETS, MAX_ENTRIES, MAX_VALUE = 8, 16, 16 * 1024
_KEY = re.compile(r"(?!\.\.)(?!\.\Z)[-._a-zA-Z0-9]{1,253}")
# The last alternative is an opening parenthesis of no variable.
_REFERENCE = re.compile(rf"\$(\$|\((?:{'|'.join(map(re.escape, VARIABLES))})\)|\()")
# Metacontroller finds its children, and imports' own Secrets are found, by these.
_RESERVED = re.compile(
    rf"controller-uid\Z|([a-z0-9.-]+\.)?({re.escape(GROUP)}|metacontroller\.k8s\.io)/"
)


@dataclass(frozen=True)
class SecretTemplate:
    """A Secret that an import keeps beside its own.

    Each value of `data` is split: text, reference, text, and so on. A reference is a variable in
    its parentheses, or the second $ of $$.
    """

    name: str
    labels: Object
    annotations: Object
    data: Mapping[str, Sequence[str]] = field(repr=False)


def parse(value: object) -> tuple[SecretTemplate, ...]:
    """The templates of `spec.secrets`; MalformedError if the CRD forbids it."""
    templates = tuple(map(_template, objects(value)))
    names = {template.name for template in templates}
    if len(templates) > MAX_SECRETS or len(names) < len(templates):
        raise MalformedError
    return templates


def _template(entry: Object) -> SecretTemplate:
    name = string(entry.get("name"))
    labels, annotations, data = (_strings(entry.get(k)) for k in ("labels", "annotations", "data"))
    is_allowed = (
        is_subdomain(name)
        and not is_import_secret_name(name)
        and not any(map(_RESERVED.match, (*labels, *annotations)))
        and all(map(_KEY.fullmatch, data))
    )
    if not is_allowed or not data:
        raise MalformedError
    parts = {key: _REFERENCE.split(text) for key, text in data.items()}
    if any("(" in value[1::2] for value in parts.values()):
        raise MalformedError
    return SecretTemplate(name, labels, annotations, parts)


def _strings(value: object) -> dict[str, str]:
    section = mapping(value if value is not None else {})
    texts = section.values()
    if len(section) > MAX_ENTRIES or set(map(type, texts)) - {str}:
        raise MalformedError
    if max(map(len, texts), default=0) > MAX_VALUE:
        raise MalformedError
    return section
