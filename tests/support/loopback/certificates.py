"""A CA, and certificates of it for servers on the loopback."""

import datetime as dt
import ipaddress
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.cluster.loopback import HOST

HOUR = dt.timedelta(hours=1)


class Serving(NamedTuple):
    """PEM files."""

    ca: Path
    certificate: Path
    key: Path


class Authority:
    """A CA, good for an hour."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        builder = _builder("ca", "ca", self._key, HOUR)
        self.pem = self._sign(builder.add_extension(constraints, critical=True))

    def leaf(self, life: dt.timedelta = HOUR) -> dict[str, str]:
        """A new certificate and key for 127.0.0.1 only, by the names that they have in a Secret."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
        builder = _builder("ca", "admission", key, life)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        certificate = self._sign(builder.add_extension(alternatives, critical=False))
        return {"tls.crt": certificate, "tls.key": private.decode()}

    def _sign(self, builder: x509.CertificateBuilder) -> str:
        signed = builder.sign(self._key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()


def serving(folder: Path) -> Serving:
    """New files in `folder`."""
    authority = Authority()
    files = Serving(folder / "ca.crt", folder / "tls.crt", folder / "tls.key")
    files.key.touch(mode=0o600)
    for name, content in {"ca.crt": authority.pem, **authority.leaf()}.items():
        (folder / name).write_text(content)
    return files


def _builder(
    issuer: str, subject: str, key: ec.EllipticCurvePrivateKey, life: dt.timedelta
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .issuer_name(_name(issuer))
        .subject_name(_name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - HOUR)
        .not_valid_after(now + life)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
