"""The CA and its server certificates: how they are made, and when they are due for renewal."""

import datetime as dt

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mcsa_certificates.pair import Pair

# Metacontroller reads the CA only when a controller's spec changes, so the CA is not renewed.
AUTHORITY_LIFE = dt.timedelta(days=3650)
LEAF_LIFE = dt.timedelta(days=90)
CLOCK_LEEWAY = dt.timedelta(minutes=5)
_COMMON_NAME_LENGTH = 64
_UNUSABLE = (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound)


def authority(now: dt.datetime) -> Pair:
    """A new CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("multicluster-service-account")
    builder = (
        _builder(name, name, key.public_key(), now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    return Pair.signed(builder, key, key)


def leaf(ca: Pair, names: list[str], now: dt.datetime) -> Pair:
    """A new server certificate for these DNS names, which expires no later than its CA."""
    issuer, issuer_key = ca.load_certificate(), ca.load_key()
    key = ec.generate_private_key(ec.SECP256R1())
    expiry = min(now + LEAF_LIFE, issuer.not_valid_after_utc)
    builder = (
        _builder(_name(names[0]), issuer.subject, key.public_key(), now, expiry)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_alternative_names(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    return Pair.signed(builder, key, issuer_key)


def is_authority(pair: Pair, now: dt.datetime) -> bool:
    """Whether `pair` is a self-signed CA with its key that has not expired."""
    try:
        certificate = pair.load_certificate()
        certificate.verify_directly_issued_by(certificate)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        return constraints.ca and pair.matches() and now < certificate.not_valid_after_utc
    except _UNUSABLE:
        return False


def ends(pair: Pair) -> dt.datetime:
    """When the certificate expires."""
    return pair.load_certificate().not_valid_after_utc


def has_signed(issuer: x509.Certificate, pair: Pair) -> bool:
    """Whether `pair` holds a certificate that `issuer` has signed."""
    try:
        pair.load_certificate().verify_directly_issued_by(issuer)
    except _UNUSABLE:
        return False
    return True


def is_due(pair: Pair, issuers: list[x509.Certificate], names: list[str], now: dt.datetime) -> bool:
    """Whether `pair` must be replaced: two thirds of its life are over, or it does not fit.

    It fits if one of `issuers` has signed it, it is for the DNS names `names`, and its key is its
    own.
    """
    if not any(has_signed(issuer, pair) for issuer in issuers):
        return True
    try:
        certificate = pair.load_certificate()
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        fits = extension.value == _alternative_names(names) and pair.matches()
    except _UNUSABLE:
        return True
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return not fits or not start <= now < start + (end - start) * 2 / 3


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    expiry: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_LEEWAY)
        .not_valid_after(expiry)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _alternative_names(names: list[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names])


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:_COMMON_NAME_LENGTH])])


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
