"""A SecretTemplate: an entry of spec.secrets, checked."""

import re
from collections.abc import Callable
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
    rf"controller-uid\Z|([a-z0-9.-]+\.)?({re.escape(GROUP)}|metacontroller.k8s.io)/"
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
    data = _strings(entry.get("data"), _is_data)
    if not is_subdomain(name) or is_import_secret_name(name) or not data:
        raise MalformedError
    labels, annotations = (_strings(entry.get(k), _is_free) for k in ("labels", "annotations"))
    return SecretTemplate(name, labels, annotations, data)


def _strings(value: object, is_allowed: Callable[[str, str], bool]) -> Object:
    section = mapping(value if value is not None else {})
    if len(section) > MAX_ENTRIES or not all(
        is_allowed(key, string(text)) for key, text in section.items()
    ):
        raise MalformedError
    return section


def _is_free(key: str, _text: str) -> bool:
    return _RESERVED.match(key) is None


def _is_data(key: str, text: str) -> bool:
    is_short = len(text) <= MAX_VALUE
    return _KEY.fullmatch(key) is not None and is_short and _UNKNOWN.search(text) is None
