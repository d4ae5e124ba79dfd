"""A SecretTemplate: an entry of spec.secrets, checked."""

import re
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
# After an even number of dollar signs, which stand for half as many.
_UNKNOWN = re.compile(rf"(?<!\$)(?:\$\$)*\$\((?!(?:{'|'.join(map(re.escape, VARIABLES))})\))")
# Metacontroller finds its children, and imports' own Secrets are found, by these.
_RESERVED = re.compile(
    rf"^(controller-uid$|([a-z0-9.-]+\.)?({re.escape(GROUP)}|metacontroller\.k8s\.io)/)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class SecretTemplate:
    """A Secret that an import keeps beside its own; the values of `data` hold variables."""

    name: str
    labels: Object
    annotations: Object
    data: Object = field(repr=False)


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
    # One search for all: no line break is part of what these look for.
    is_allowed = (
        is_subdomain(name)
        and not is_import_secret_name(name)
        and _RESERVED.search("\n".join([*labels, *annotations])) is None
        and _UNKNOWN.search("\n".join(data.values())) is None
    )
    if not is_allowed or not data or not all(map(_KEY.fullmatch, data)):
        raise MalformedError
    return SecretTemplate(name, labels, annotations, data)


def _strings(value: object) -> Object:
    section = mapping(value if value is not None else {})
    if len(section) > MAX_ENTRIES or any(
        len(string(text)) > MAX_VALUE for text in section.values()
    ):
        raise MalformedError
    return section
