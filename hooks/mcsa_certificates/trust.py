"""Which CAs clients trust while one replaces another."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mcsa_certificates import pki
from mcsa_certificates.pair import Pair

# The kubelet brings a changed Secret to a pod within two minutes, or four after an error.
_DELIVERY = dt.timedelta(minutes=15)
_MAX_CERTIFICATES = 4


def certificates(bundle: str) -> list[x509.Certificate]:
    """The certificates of `bundle` (PEM); none if it can't be read."""
    try:
        return x509.load_pem_x509_certificates(bundle.encode())
    except ValueError:
        return []


def renewed(bundle: str, ca: Pair, leaves: list[Pair], now: dt.datetime) -> str:
    """The CA certificates (PEM) that clients trust: that of `ca`, then earlier ones of `bundle`.

    Earlier ones stay until `ca` has signed all `leaves`, and servers have had the time to get
    these. Of more than four, those that have signed no leaf go first.
    """
    newest = ca.load_certificate()
    earlier = [
        certificate
        for certificate in dict.fromkeys(certificates(bundle))
        if certificate != newest and now < certificate.not_valid_after_utc
    ]
    if all(pki.has_signed(newest, leaf) and _is_delivered(leaf, now) for leaf in leaves):
        earlier = []
    earlier.sort(key=lambda issuer: not any(pki.has_signed(issuer, leaf) for leaf in leaves))
    kept = [newest, *earlier][:_MAX_CERTIFICATES]
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in kept).decode()


def _is_delivered(leaf: Pair, now: dt.datetime) -> bool:
    return leaf.load_certificate().not_valid_before_utc + pki.CLOCK_LEEWAY + _DELIVERY <= now
