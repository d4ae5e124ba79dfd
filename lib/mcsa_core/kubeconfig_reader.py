"""Kubeconfigs that refer to no files or programs, parsed to an Access.

Their format is https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/.
"""

import base64
import binascii
import re
from functools import lru_cache
from typing import Any

from mcsa_core import access as accesses
from mcsa_core import bounded_yaml
from mcsa_core import endpoint as endpoints
from mcsa_core.access import Access
from mcsa_core.endpoint import AccessError

_MAX_LENGTH = 64 * 1024
_CLUSTER_FIELDS = {
    "server",
    "certificate-authority-data",
    "tls-server-name",
    "proxy-url",
    "insecure-skip-tls-verify",
    "disable-compression",
    "extensions",
}
_USER_FIELDS = {"token", "tokenFile", "extensions"}


def parse(text: str) -> Access:
    """The access that the kubeconfig `text` describes; AccessError if it is incomplete or refused.

    Nothing is executed and no file is read. A field that asks for either is refused, and so is an
    unknown field: to ignore it could mean to call as another user. The results of the last 2,048
    texts, refusals included, are cached.
    """
    if len(text) > _MAX_LENGTH:
        raise AccessError("the kubeconfig is longer than 64 KiB")
    result = _access_or_refusal(text)
    if isinstance(result, str):
        raise AccessError(result)
    return result


@lru_cache(maxsize=2048)
def _access_or_refusal(text: str) -> Access | str:
    # lru_cache keeps no exceptions.
    try:
        return _access(text)
    except AccessError as refusal:
        return str(refusal)


def _access(text: str) -> Access:
    try:
        config = _mapping(bounded_yaml.load(text), "the kubeconfig")
    except bounded_yaml.BoundedYamlError as refusal:
        raise AccessError(f"the kubeconfig {refusal}") from None
    context = _context(config)
    cluster = _named(config, "cluster", context.get("cluster"))
    user = _named(config, "user", context.get("user"))
    if cluster.get("insecure-skip-tls-verify"):
        raise AccessError("insecure-skip-tls-verify is not allowed")
    _only_fields(cluster, _CLUSTER_FIELDS)
    if "token" not in user and "tokenFile" in user:
        raise AccessError("tokenFile is not allowed without an inline token")
    _only_fields(user, _USER_FIELDS)
    endpoint = endpoints.checked(
        server=cluster.get("server"),
        ca=_decoded(cluster.get("certificate-authority-data")),
        proxy_url=cluster.get("proxy-url"),
        tls_server_name=cluster.get("tls-server-name"),
    )
    return accesses.checked(
        endpoint, token=user.get("token"), namespace=context.get("namespace", "default")
    )


def _context(config: dict[str, Any]) -> dict[str, Any]:
    contexts = _entries(config, "context")
    if len(contexts) == 1:
        return _mapping(contexts[0].get("context"), "context")
    return _named(config, "context", config.get("current-context"))


def _named(config: dict[str, Any], field: str, name: object) -> dict[str, Any]:
    entries = [entry for entry in _entries(config, field) if entry.get("name") == name]
    if not isinstance(name, str) or len(entries) != 1:
        owner = "current-context" if field == "context" else f"{field} of the context"
        raise AccessError(f"{owner} does not name one of {field}s")
    return _mapping(entries[0].get(field), field)


def _entries(config: dict[str, Any], field: str) -> list[dict[str, Any]]:
    entries = config.get(f"{field}s")
    if not isinstance(entries, list) or not entries:
        raise AccessError(f"{field}s is missing or empty")
    return [_mapping(entry, f"{field}s") for entry in entries]


def _mapping(value: object, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise AccessError(f"{field} is not a mapping")
    return value


def _only_fields(section: dict[str, Any], known_fields: set[str]) -> None:
    for field in section:
        if field not in known_fields:
            raise AccessError(f"{_shown(field)} is not allowed")


def _shown(field: object) -> str:
    return field if isinstance(field, str) and re.fullmatch(r"[\w-]{1,63}", field) else "a field"


def _decoded(data: object) -> str | None:
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode("".join(data.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
