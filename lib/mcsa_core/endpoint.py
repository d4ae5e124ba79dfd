"""An Endpoint: the address of an API server, and the TLS context that verifies it."""

import ipaddress
import re
import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mcsa_core.names import is_subdomain

_CERTIFICATE = re.compile(
    r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----", re.ASCII
)
# A kubeconfig of values within these limits is short enough to be read again.
_MAX_CA = 32 * 1024
_MAX_URL = 1024
# RFC 3986 without `$`: such a URL can stand in JSON, and is no variable of a Secret's template.
_URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!&'()*+,;=%-]+")


class AccessError(ValueError):
    """One sentence that names the field that is not valid, and never its value."""


@dataclass(frozen=True)
class Endpoint:
    """How to reach the API server of a cluster, and which CA it is verified by."""

    server: str
    """An https URL."""
    ca: str
    """One or more CA certificates, PEM."""
    proxy_url: str | None = field(default=None, repr=False)
    """May hold a password."""
    tls_server_name: str | None = None


def checked(
    *, server: object, ca: object, proxy_url: object = None, tls_server_name: object = None
) -> Endpoint:
    """An Endpoint of these values; AccessError names the first that is not valid."""
    if not isinstance(server, str) or not _is_url(server, "https"):
        raise AccessError("server is not an https URL")
    # Only the certificates are copied: the text may hold a private key, too.
    certificates = _CERTIFICATE.findall(ca) if isinstance(ca, str) else []
    if not certificates:
        raise AccessError("certificate-authority-data holds no PEM certificate")
    pem = "".join(f"{certificate}\n" for certificate in certificates)
    if len(pem) > _MAX_CA:
        raise AccessError("certificate-authority-data holds more than 32 KiB of certificates")
    if proxy_url and not (isinstance(proxy_url, str) and _is_url(proxy_url, "http", login=True)):
        raise AccessError("proxy-url is not an http:// URL")
    if tls_server_name and not (isinstance(tls_server_name, str) and _is_host(tls_server_name)):
        raise AccessError("tls-server-name is not the name of a host")
    return Endpoint(
        server,
        pem,
        str(proxy_url) if proxy_url else None,
        str(tls_server_name) if tls_server_name else None,
    )


def is_own_machine(server: str) -> bool:
    """Whether each caller means itself by the host of a URL: localhost, loopback, link-local."""
    host = urlsplit(server).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_link_local or address.is_unspecified


def tls_context(ca: str) -> ssl.SSLContext:
    """A new client context, TLS 1.2 or later, that trusts `ca` (PEM) and nothing else.

    ssl.SSLError if `ca` holds no certificate that OpenSSL can read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # As in Go an intermediate CA is a trust anchor, like a self-signed one.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=ca)
    return context


def _is_url(text: str, scheme: str, *, login: bool = False) -> bool:
    if len(text) > _MAX_URL:
        return False
    try:
        url = urlsplit(text)
        return (
            _URL.fullmatch(text) is not None
            and (url.scheme, url.query, url.fragment) == (scheme, "", "")
            and (login or url.username is None)
            and bool(url.hostname)
            and (url.port is None or url.port > 0)
        )
    except ValueError:
        return False


def _is_host(text: str) -> bool:
    try:
        # The zone of an IPv6 address (RFC 4007) is local to a machine, and may hold anything.
        return ipaddress.ip_address(text) is not None and "%" not in text
    except ValueError:
        return is_subdomain(text.lower())
