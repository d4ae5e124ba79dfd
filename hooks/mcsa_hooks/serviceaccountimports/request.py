"""Metacontroller's requests, checked: the import, its Secrets and the credentials, as observed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mcsa_core.credential_order import secret_names
from mcsa_core.names import SYSTEM_NAMESPACE, is_import_name, is_label, is_subdomain, secret_name
from mcsa_core.token import MAX_EXPIRATION, MIN_EXPIRATION
from mcsa_hooks.jsontypes import MalformedError, Object, items, mapping, objects
from mcsa_hooks.serviceaccountimports import secret_template
from mcsa_hooks.serviceaccountimports.secret_template import SecretTemplate

SECRETS = "Secret.v1"
DEFAULT_EXPIRATION = 86400


@dataclass(frozen=True)
class ServiceAccountImport:
    """A ServiceAccountImport; the account is that of the source cluster `cluster`."""

    namespace: str
    name: str
    uid: str
    cluster: str
    account_namespace: str
    account_name: str
    expiration: int
    """Seconds, as asked for, but at most MAX_EXPIRATION."""
    audiences: tuple[str, ...]
    """Empty: the source API server's own."""
    templates: tuple[SecretTemplate, ...]
    """Of the Secrets that it keeps beside its own."""
    ready: Object
    """The condition Ready of its own status; empty if there is none."""

    @property
    def renews_credential(self) -> bool:
        """Whether its Secret is the cluster's renewed credential."""
        is_named_so = (self.namespace, self.name) == (SYSTEM_NAMESPACE, self.cluster)
        return is_named_so and self.account_namespace == SYSTEM_NAMESPACE

    @cached_property
    def secret_name(self) -> str:
        """The name of its Secret."""
        return secret_name(self.namespace, self.name)

    def controls(self, secret: Object) -> bool:
        """Whether the import is the controller of an observed Secret."""
        owners = secret["metadata"].get("ownerReferences") or []
        return any(o.get("controller") is True and o.get("uid") == self.uid for o in owners)


@dataclass(frozen=True)
class SyncRequest:
    """What Metacontroller has observed of an import."""

    sai: ServiceAccountImport
    secret: Object | None = field(repr=False)
    """The Secret that bears the name of the import's Secret, its own or not."""
    others: Mapping[str, Object] = field(repr=False)
    """Those that bear the names of its templates, by name; without data if not its own."""
    credentials: tuple[Object, ...] = field(repr=False)
    """The Secrets that may hold a credential of the source cluster."""


def parse_sync(body: object) -> SyncRequest:
    """The body of a sync request (hook version v2); MalformedError if it is not one."""
    request = mapping(body)
    sai = parse_import(request)
    children = _secrets(request.get("children"), {})
    secrets = _secrets(request.get("related"), children)
    if request.get("finalizing"):
        raise MalformedError

    def observed(name: str) -> Object | None:
        return secrets.get(f"{sai.namespace}/{name}")

    # What others have made can be large: its data is not kept while the source is called.
    others = {
        template.name: secret if sai.controls(secret) else secret | {"data": {}}
        for template in sai.templates
        if (secret := observed(template.name))
    }
    keys = (f"{SYSTEM_NAMESPACE}/{name}" for name in secret_names(sai.cluster))
    credentials = tuple(secrets[key] for key in keys if key in secrets)
    return SyncRequest(sai, observed(sai.secret_name), others, credentials)


def parse_import(request: object) -> ServiceAccountImport:
    """The parent of a sync or customize request; MalformedError if the CRD forbids it."""
    parent = mapping(mapping(request).get("parent"))
    metadata, spec = mapping(parent.get("metadata")), mapping(parent.get("spec"))
    sai = ServiceAccountImport(
        namespace=_string(metadata, "namespace", is_label),
        name=_string(metadata, "name", is_import_name),
        uid=_string(metadata, "uid", bool),
        cluster=_string(spec, "clusterName", is_import_name),
        account_namespace=_string(spec, "namespace", is_label),
        account_name=_string(spec, "name", is_subdomain),
        expiration=_expiration(spec),
        audiences=tuple(items(spec.get("audiences"))),
        templates=secret_template.parse(spec.get("secrets")),
        ready=_ready(parent),
    )
    if not all(isinstance(audience, str) and audience for audience in sai.audiences):
        raise MalformedError
    return sai


def _expiration(spec: Object) -> int:
    seconds = spec.get("expirationSeconds", DEFAULT_EXPIRATION)
    if type(seconds) is not int or seconds < MIN_EXPIRATION:
        raise MalformedError
    # The CRD had no maximum at first: imports of that time may ask for more.
    return min(seconds, MAX_EXPIRATION)


def _ready(parent: Object) -> Object:
    conditions = items(mapping(parent.get("status") or {}).get("conditions"))
    ready = (c for c in conditions if isinstance(c, dict) and c.get("type") == "Ready")
    return next(ready, {})


def _secrets(groups: object, checked: Mapping[str, Object]) -> Mapping[str, Object]:
    """The Secrets by namespace and name: those that were checked before, and more of `groups`."""
    secrets = {**mapping(mapping(groups).get(SECRETS)), **checked}
    for key in secrets.keys() - checked.keys():
        secret = secrets[key]
        metadata = mapping(mapping(secret).get("metadata"))
        if key != f"{metadata.get('namespace')}/{metadata.get('name')}":
            raise MalformedError
        objects(metadata.get("ownerReferences"))
        objects(metadata.get("managedFields"))
        for section in (secret.get("data"), metadata.get("labels"), metadata.get("annotations")):
            if set(map(type, mapping(section or {}).values())) - {str}:
                raise MalformedError
    return secrets


def _string(section: Object, key: str, is_allowed: Any) -> str:
    value = section.get(key)
    if not isinstance(value, str) or not is_allowed(value):
        raise MalformedError
    return value
