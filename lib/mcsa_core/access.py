"""What it takes to call a cluster as one of its service accounts."""

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TypeGuard
from urllib.parse import urlsplit

from mcsa_core.names import is_subdomain
from mcsa_core.token import MAX_LENGTH

_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)
_VISIBLE = re.compile(r"[\x21-\x7e]+")
# Whatever passes makes a kubeconfig that is short enough to be read again.
_MAX_CA = 32 * 1024
_MAX_URL = 1024


class AccessError(ValueError):
    """One sentence that names the field which can't be used, and no value."""


@dataclass(frozen=True)
class Access:
    """Where a cluster is, how to recognise it, and as whom to call it."""

    server: str
    """An https URL."""
    ca: str
    """One or more certificates, PEM."""
    token: str = field(repr=False)
    namespace: str
    """The namespace of the service account, in its own cluster."""
    proxy_url: str | None = field(default=None, repr=False)
    """May hold a password."""
    tls_server_name: str | None = None


def checked(  # noqa: PLR0913
    *,
    server: object,
    ca: object,
    token: object,
    namespace: object,
    proxy_url: object = None,
    tls_server_name: object = None,
) -> Access:
    """An Access of values that nobody has checked yet; AccessError names the first bad one."""
    if not isinstance(server, str) or not _is_url(server, "https"):
        raise AccessError("server is not an https URL")
    # Nothing else that the file holds, such as a key, is to travel along.
    found = _CERTIFICATE.findall(ca) if isinstance(ca, str) else []
    certificates = "".join(f"{certificate}\n" for certificate in found)
    if not certificates:
        raise AccessError("certificate-authority-data holds no PEM certificate")
    if len(certificates) > _MAX_CA:
        raise AccessError("certificate-authority-data holds more than 32 KiB of certificates")
    if not is_token(token):
        raise AccessError("token is missing or malformed")
    if not isinstance(namespace, str):
        raise AccessError("namespace is not a string")
    if proxy_url and not (isinstance(proxy_url, str) and _is_url(proxy_url, "http", login=True)):
        raise AccessError("proxy-url is not an http:// URL")
    if tls_server_name and not (isinstance(tls_server_name, str) and _is_host(tls_server_name)):
        raise AccessError("tls-server-name is not the name of a host")
    return Access(
        server,
        certificates,
        token,
        namespace,
        str(proxy_url) if proxy_url else None,
        str(tls_server_name) if tls_server_name else None,
    )


def is_token(token: object) -> TypeGuard[str]:
    """Whether `token` can stand in a header: at most 16 KiB of visible ASCII."""
    if not isinstance(token, str) or len(token) > MAX_LENGTH:
        return False
    return _VISIBLE.fullmatch(token) is not None


def _is_url(text: str, scheme: str, *, login: bool = False) -> bool:
    if len(text) > _MAX_URL:
        return False
    try:
        url = urlsplit(text)
        return (
            _VISIBLE.fullmatch(text) is not None
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
