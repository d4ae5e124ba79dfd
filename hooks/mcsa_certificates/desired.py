"""What each Secret and the webhook's configuration should hold, given what they hold now."""

import base64
import binascii
import datetime as dt
import secrets

from mcsa_certificates import pki
from mcsa_certificates.pair import Pair
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_hooks.jsontypes import Object

AUTHORITY_KEY = "mcsa-ca-key"
AUTHORITY = "mcsa-ca"
TOKEN = "mcsa-hooks-token"  # noqa: S105 - a Secret's name
LEAVES = {"mcsa-hooks-tls": "hooks", "mcsa-admission-tls": "admission"}
"""Which Secret holds the certificate of which Service."""
WEBHOOK = "multicluster-service-account"


class UnusableError(Exception):
    """A Secret holds data that the Job can't use and does not overwrite."""


def authority_key(secret: Object, now: dt.datetime) -> Object:
    """`secret` with a CA and its key: those that it holds or, if it is empty, new ones.

    UnusableError if it holds anything else.
    """
    if not _data(secret):
        return _with_pair(secret, pki.authority(now))
    if not pki.is_authority(pair(secret), now):
        name = f"{SYSTEM_NAMESPACE}/{AUTHORITY_KEY}"
        raise UnusableError(
            f"secret {name} holds no valid CA with its key: empty it, and a new one is made."
        )
    return secret


def authority(secret: Object, ca: Pair) -> Object:
    """`secret` with the certificate of the CA, without its key, for the clients of the servers."""
    return _with_data(secret, {"ca.crt": ca.certificate})


def leaf(secret: Object, ca: Pair, now: dt.datetime) -> Object:
    """`secret` with a server certificate for its Service: a new one if the old one is due."""
    names = names_of(LEAVES[secret["metadata"]["name"]])
    if not pki.is_due(pair(secret), ca, names, now):
        return secret
    return _with_pair(secret, pki.leaf(ca, names, now))


def token(secret: Object) -> Object:
    """`secret` with a bearer token: its own or, if it holds none, a new one."""
    if _data(secret).get("token", "").strip():
        return secret
    return _with_data(secret, {"token": secrets.token_urlsafe(32)})


def webhook(configuration: Object, ca: Pair) -> Object:
    """`configuration` with `ca` as the CA (caBundle) of all its webhooks."""
    bundle = base64.b64encode(ca.certificate.encode()).decode()
    webhooks = [
        webhook | {"clientConfig": webhook["clientConfig"] | {"caBundle": bundle}}
        for webhook in configuration.get("webhooks") or []
    ]
    return configuration | {"webhooks": webhooks}


def pair(secret: Object) -> Pair:
    """The certificate and key that `secret` holds; empty strings if it holds none."""
    data = _data(secret)
    return Pair(data.get("tls.crt", ""), data.get("tls.key", ""))


def names_of(service: str) -> list[str]:
    """The DNS names under which clients call the Service."""
    name = f"{service}.{SYSTEM_NAMESPACE}"
    return [f"{name}.svc", name, f"{name}.svc.cluster.local"]


def _data(secret: Object) -> dict[str, str]:
    """The decoded data of `secret`; an entry of no known key if it is not text."""
    try:
        return {
            key: base64.b64decode(value).decode()
            for key, value in (secret.get("data") or {}).items()
        }
    except (binascii.Error, UnicodeDecodeError):
        return {"": "not text"}


def _with_pair(secret: Object, new_pair: Pair) -> Object:
    return _with_data(secret, {"tls.crt": new_pair.certificate, "tls.key": new_pair.key})


def _with_data(secret: Object, data: dict[str, str]) -> Object:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return secret | {"data": encoded}
