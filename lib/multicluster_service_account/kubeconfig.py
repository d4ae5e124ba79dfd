"""Kubeconfigs that hold all they need: written for imports, read without touching a file.

Their format is https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/.
"""

import base64
import binascii
import ipaddress
import json
import re
from functools import lru_cache
from typing import Any, TypeGuard
from urllib.parse import urlsplit

import yaml

from multicluster_service_account.access import Access
from multicluster_service_account.names import is_subdomain

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
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
_TOKEN = re.compile(r"[\x21-\x7e]+")


class KubeconfigError(ValueError):
    """One sentence that names the field which can't be used, and no value."""


def dump(name: str, access: Access) -> str:
    """The kubeconfig of the import `name`, YAML; its cluster, user and context bear that name.

    The user holds the token twice: inline, so that the file is complete on its own, and as
    `tokenFile`, which client-go prefers and reads again when a mounted Secret has been renewed.
    """
    # YAML takes strings of JSON, and this is 50 times as fast as a YAML library.
    quoted = json.dumps
    data = base64.b64encode(access.ca.encode()).decode()
    optional = {"proxy-url": access.proxy_url, "tls-server-name": access.tls_server_name}
    more = "".join(f"    {key}: {quoted(value)}\n" for key, value in optional.items() if value)
    return f"""\
apiVersion: v1
kind: Config
clusters:
- name: {quoted(name)}
  cluster:
    server: {quoted(access.server)}
    certificate-authority-data: {data}
{more}users:
- name: {quoted(name)}
  user:
    token: {quoted(access.token)}
    tokenFile: token
contexts:
- name: {quoted(name)}
  context:
    cluster: {quoted(name)}
    user: {quoted(name)}
    namespace: {quoted(access.namespace)}
current-context: {quoted(name)}
"""


@lru_cache(maxsize=64)
def parse(text: str) -> Access:
    """The access that a kubeconfig gives on its own; KubeconfigError if it is not enough.

    Nothing is executed and no file is read. Whatever would ask for that is refused, and so is
    whatever this does not know, since leaving it out could mean to call as somebody else.
    """
    config = _mapping(_load(text), "the kubeconfig")
    context = _context(config)
    cluster = _named(config, "cluster", context.get("cluster"))
    user = _named(config, "user", context.get("user"))
    if cluster.get("insecure-skip-tls-verify"):
        raise KubeconfigError("insecure-skip-tls-verify is not allowed")
    _only(cluster, _CLUSTER_FIELDS)
    if "token" not in user and "tokenFile" in user:
        raise KubeconfigError("tokenFile is not allowed without an inline token")
    _only(user, _USER_FIELDS)
    return access(
        server=cluster.get("server"),
        ca=_decoded(cluster.get("certificate-authority-data")),
        token=user.get("token"),
        namespace=context.get("namespace", "default"),
        proxy_url=cluster.get("proxy-url"),
        tls_server_name=cluster.get("tls-server-name"),
    )


def access(  # noqa: PLR0913
    *,
    server: object,
    ca: object,
    token: object,
    namespace: object,
    proxy_url: object = None,
    tls_server_name: object = None,
) -> Access:
    """An Access of values that nobody has checked yet; KubeconfigError names the first bad one."""
    if not isinstance(server, str) or not _is_url(server, "https"):
        raise KubeconfigError("server is not an https URL")
    certificates = _CERTIFICATE.findall(ca) if isinstance(ca, str) else []
    if not certificates:
        raise KubeconfigError("certificate-authority-data holds no PEM certificate")
    if not is_token(token):
        raise KubeconfigError("token is missing or malformed")
    if not isinstance(namespace, str):
        raise KubeconfigError("namespace is not a string")
    if proxy_url and not (isinstance(proxy_url, str) and _is_url(proxy_url, "http", login=True)):
        raise KubeconfigError("proxy-url is not an http:// URL")
    if tls_server_name and not (isinstance(tls_server_name, str) and _is_host(tls_server_name)):
        raise KubeconfigError("tls-server-name is not the name of a host")
    return Access(
        server,
        # Nothing else that the file holds, such as a key, is to travel along.
        "".join(f"{certificate}\n" for certificate in certificates),
        token,
        namespace,
        str(proxy_url) if proxy_url else None,
        str(tls_server_name) if tls_server_name else None,
    )


def is_token(token: object) -> TypeGuard[str]:
    """Whether `token` can stand in a header: no spaces, no line ends, nothing but ASCII."""
    return isinstance(token, str) and _TOKEN.fullmatch(token) is not None


class _Loader(yaml.SafeLoader):
    """A YAML loader that knows no aliases, because some make a small text huge."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise KubeconfigError("the kubeconfig has a YAML alias, which is not allowed")
        return super().compose_node(parent, index)


def _load(text: str) -> object:
    try:
        return yaml.load(text, _Loader)  # noqa: S506
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, KubeconfigError):
            raise
        raise KubeconfigError("the kubeconfig is not YAML") from None


def _context(config: dict[str, Any]) -> dict[str, Any]:
    contexts = _entries(config, "context")
    if len(contexts) == 1:
        return _mapping(contexts[0].get("context"), "context")
    return _named(config, "context", config.get("current-context"))


def _named(config: dict[str, Any], field: str, name: object) -> dict[str, Any]:
    found = [entry for entry in _entries(config, field) if entry.get("name") == name]
    if not isinstance(name, str) or len(found) != 1:
        owner = "current-context" if field == "context" else f"{field} of the context"
        raise KubeconfigError(f"{owner} does not name one of {field}s")
    return _mapping(found[0].get(field), field)


def _entries(config: dict[str, Any], field: str) -> list[dict[str, Any]]:
    entries = config.get(f"{field}s")
    if not isinstance(entries, list) or not entries:
        raise KubeconfigError(f"{field}s is missing or empty")
    return [_mapping(entry, f"{field}s") for entry in entries]


def _mapping(value: object, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise KubeconfigError(f"{field} is not a mapping")
    return value


def _only(section: dict[str, Any], known: set[str]) -> None:
    for field in section:
        if field not in known:
            raise KubeconfigError(f"{_shown(field)} is not allowed")


def _shown(field: object) -> str:
    return field if isinstance(field, str) and re.fullmatch(r"[\w-]{1,63}", field) else "a field"


def _decoded(data: object) -> str | None:
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode("".join(data.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _is_url(text: str, scheme: str, *, login: bool = False) -> bool:
    try:
        url = urlsplit(text)
        return (
            re.fullmatch(r"[\x21-\x7e]+", text) is not None
            and (url.scheme, url.query, url.fragment) == (scheme, "", "")
            and (login or url.username is None)
            and bool(url.hostname)
            and (url.port is None or url.port > 0)
        )
    except ValueError:
        return False


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return is_subdomain(text.lower())
    return True
