"""A certificate and its private key as PEM, and as the objects of `cryptography`."""

from typing import NamedTuple, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey


class Pair(NamedTuple):
    """A certificate and its private key, PEM; an empty string for what a Secret does not hold."""

    certificate: str
    key: str

    def __repr__(self) -> str:
        return "Pair(...)"

    @classmethod
    def signed(
        cls,
        builder: x509.CertificateBuilder,
        key: EllipticCurvePrivateKey,
        issuer_key: EllipticCurvePrivateKey,
    ) -> Self:
        """The certificate of `builder`, signed with `issuer_key`, and its own `key`."""
        certificate = builder.sign(issuer_key, hashes.SHA256())
        key_pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return cls(certificate.public_bytes(serialization.Encoding.PEM).decode(), key_pem.decode())

    def load_certificate(self) -> x509.Certificate:
        """The certificate; ValueError if it can't be read."""
        return x509.load_pem_x509_certificate(self.certificate.encode())

    def load_key(self) -> EllipticCurvePrivateKey:
        """The private key; ValueError or TypeError if it can't be read, or is of another kind."""
        key = serialization.load_pem_private_key(self.key.encode(), password=None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError("not an elliptic curve key")
        return key

    def matches(self) -> bool:
        """Whether the key is that of the certificate; errors as above."""
        return self.load_certificate().public_key() == self.load_key().public_key()
