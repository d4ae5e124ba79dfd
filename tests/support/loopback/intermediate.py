"""The certificate of a server on the loopback, signed by an intermediate CA of a root CA."""

import datetime as dt
import ipaddress
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.cluster.loopback import HOST


class Chain(NamedTuple):
    """PEM texts of the CAs, and PEM files for the server."""

    root: str
    intermediate: str
    certificates: Path
    """That of the server, then that of the intermediate CA."""
    key: Path


def chain(folder: Path) -> Chain:
    """New certificates, valid for a day; the files are in `folder`."""
    root_key, intermediate_key, server_key = (
        ec.generate_private_key(ec.SECP256R1()) for _ in range(3)
    )
    ca = x509.BasicConstraints(ca=True, path_length=None)
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    root = _signed("root", root_key, "root", root_key, ca)
    intermediate = _signed("intermediate", intermediate_key, "root", root_key, ca)
    server = _signed("server", server_key, "intermediate", intermediate_key, host)
    made = Chain(root, intermediate, folder / "chain.pem", folder / "chain.key")
    made.certificates.write_text(server + intermediate)
    made.key.write_bytes(
        server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made


def _signed(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> str:
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    builder = x509.CertificateBuilder(
        _name(issuer),
        _name(subject),
        key.public_key(),
        x509.random_serial_number(),
        now - day,
        now + day,
    )
    certificate = builder.add_extension(extension, critical=False).sign(issuer_key, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
