"""A CA and its server certificates: how they are made, and when they are due for renewal."""

import datetime as dt
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Metacontroller reads the CA once, so it stays.
AUTHORITY_LIFE = dt.timedelta(days=3650)
LEAF_LIFE = dt.timedelta(days=90)
_CLOCKS_DIFFER = dt.timedelta(minutes=5)


class Pair(NamedTuple):
    """A certificate and its private key, PEM."""

    certificate: str
    key: str

    def __repr__(self) -> str:
        return "Pair(...)"


def authority(now: dt.datetime) -> Pair:
    """A new CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("multicluster-service-account")
    builder = (
        _builder(name, name, key.public_key(), now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    return _signed(builder, key, key)


def leaf(issuer: Pair, names: list[str], now: dt.datetime) -> Pair:
    """A new server certificate for these DNS names, which ends no later than its CA."""
    ca, ca_key = _certificate(issuer), _key(issuer)
    key = ec.generate_private_key(ec.SECP256R1())
    ends = min(now + LEAF_LIFE, ca.not_valid_after_utc)
    builder = (
        _builder(_name(names[0]), ca.subject, key.public_key(), now, ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_alternatives(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
    )
    return _signed(builder, key, ca_key)


def is_authority(pair: Pair, now: dt.datetime) -> bool:
    """Whether it is a CA with its key, and valid."""
    try:
        ca = _certificate(pair)
        ca.verify_directly_issued_by(ca)
        constraints = ca.extensions.get_extension_for_class(x509.BasicConstraints).value
        return constraints.ca and _matches(pair) and now < ca.not_valid_after_utc
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False


def ends(pair: Pair) -> dt.datetime:
    """When the certificate expires."""
    return _certificate(pair).not_valid_after_utc


def is_due(pair: Pair, issuer: Pair, names: list[str], now: dt.datetime) -> bool:
    """Whether it can't serve these names, or only for the last third of its life."""
    try:
        certificate = _certificate(pair)
        certificate.verify_directly_issued_by(_certificate(issuer))
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        fits = alternatives.value == _alternatives(names) and _matches(pair)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return True
    starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return not fits or not starts <= now < starts + (ends - starts) * 2 / 3


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    ends: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _signed(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    issuer: ec.EllipticCurvePrivateKey,
) -> Pair:
    certificate = builder.sign(issuer, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Pair(certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode())


def _certificate(pair: Pair) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pair.certificate.encode())


def _key(pair: Pair) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pair.key.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not an elliptic curve key")
    return key


def _matches(pair: Pair) -> bool:
    return _certificate(pair).public_key() == _key(pair).public_key()


def _alternatives(names: list[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names])


def _name(common: str) -> x509.Name:
    # At most 64 characters.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
