"""What each Secret, and the webhook, should hold, given what they hold now."""

import base64
import binascii
import datetime as dt
import secrets

from mcsa_certificates import pki
from mcsa_certificates.pki import Pair
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_hooks.jsontypes import Object

AUTHORITY_KEY = "mcsa-ca-key"
AUTHORITY = "mcsa-ca"
TOKEN = "mcsa-hooks-token"  # noqa: S105 - a Secret's name
LEAVES = {"mcsa-hooks-tls": "hooks", "mcsa-admission-tls": "admission"}
"""Which Secret holds the certificate of which Service."""
WEBHOOK = "multicluster-service-account"


class UnusableError(Exception):
    """A Secret holds something that nobody but its owner can judge."""


def authority_key(secret: Object, now: dt.datetime) -> Object:
    """`secret` with a CA and its key: the one it holds or, if it is empty, a new one."""
    held = _data(secret)
    if not held:
        return _filled(secret, _pair_data(pki.authority(now)))
    if not pki.is_authority(pair(secret), now):
        name = f"{SYSTEM_NAMESPACE}/{AUTHORITY_KEY}"
        raise UnusableError(
            f"secret {name} holds no valid CA with its key: empty it, and a new one is made."
        )
    return secret


def authority(secret: Object, ca: Pair) -> Object:
    """`secret` with the certificate of the CA alone, for those who trust it."""
    return _filled(secret, {"ca.crt": ca.certificate})


def leaf(secret: Object, ca: Pair, now: dt.datetime) -> Object:
    """`secret` with a certificate for its Service: the one it holds unless that is due."""
    names = names_of(LEAVES[secret["metadata"]["name"]])
    if not pki.is_due(pair(secret), ca, names, now):
        return secret
    return _filled(secret, _pair_data(pki.leaf(ca, names, now)))


def token(secret: Object) -> Object:
    """`secret` with a bearer token: the one it holds or, if there is none, a new one."""
    held = _data(secret).get("token", "").strip()
    return secret if held else _filled(secret, {"token": secrets.token_urlsafe(32)})


def webhook(configuration: Object, ca: Pair) -> Object:
    """`configuration` with a CA that the API server trusts to name our server."""
    bundle = base64.b64encode(ca.certificate.encode()).decode()
    webhooks = [
        webhook | {"clientConfig": webhook["clientConfig"] | {"caBundle": bundle}}
        for webhook in configuration.get("webhooks") or []
    ]
    return configuration | {"webhooks": webhooks}


def pair(secret: Object) -> Pair:
    """The certificate and key that `secret` holds; empty where there is none."""
    held = _data(secret)
    return Pair(held.get("tls.crt", ""), held.get("tls.key", ""))


def names_of(service: str) -> list[str]:
    """The names under which a Service of ours is called."""
    name = f"{service}.{SYSTEM_NAMESPACE}"
    return [f"{name}.svc", name, f"{name}.svc.cluster.local"]


def _data(secret: Object) -> dict[str, str]:
    try:
        return {
            key: base64.b64decode(value).decode()
            for key, value in (secret.get("data") or {}).items()
        }
    except (binascii.Error, UnicodeDecodeError):
        return {"": "not text"}


def _pair_data(made: Pair) -> dict[str, str]:
    return {"tls.crt": made.certificate, "tls.key": made.key}


def _filled(secret: Object, data: dict[str, str]) -> Object:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return secret | {"data": encoded}
