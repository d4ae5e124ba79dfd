"""What each Secret and the webhook's configuration should hold, given what they hold now."""

import base64
import binascii
import datetime as dt
import secrets

from mcsa_certificates import pki, trust
from mcsa_certificates.pair import Pair
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_hooks.jsontypes import Object

AUTHORITY_KEY = "mcsa-ca-key"
AUTHORITY = "mcsa-ca"
TOKEN = "mcsa-hooks-token"  # noqa: S105 - a Secret's name
LEAVES = {"mcsa-hooks-tls": "hooks", "mcsa-admission-tls": "admission"}
"""Which Secret holds the certificate of which Service."""
WEBHOOK = "multicluster-service-account"
_MAX_TOKENS = 4


class UnusableError(Exception):
    """A Secret holds data that can't be used and is not overwritten."""


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


def authority(secret: Object, ca: Pair, leaves: list[Pair], now: dt.datetime) -> Object:
    """`secret` with the CA certificates that clients trust: that of `ca`, and earlier ones.

    An earlier one goes when servers don't need it any more; `leaves` are what they have.
    """
    bundle = _data(secret).get("ca.crt", "")
    return _with_data(secret, {"ca.crt": trust.renewed(bundle, ca, leaves, now)})


def leaf(secret: Object, ca: Pair, authority: Object, now: dt.datetime) -> Object:
    """`secret` with a server certificate for its Service: a new one if the old one is due.

    It is due, too, if no CA of the Secret `authority` has signed it.
    """
    names = names_of(LEAVES[secret["metadata"]["name"]])
    issuers = trust.certificates(_data(authority)["ca.crt"])
    if not pki.is_due(pair(secret), issuers, names, now):
        return secret
    return _with_pair(secret, pki.leaf(ca, names, now))


def token(secret: Object) -> Object:
    """`secret` with the bearer token for Metacontroller and those that the hooks accept.

    It keeps its token or, if it holds none, gets a new one. The hooks accept that and earlier ones,
    newest first, until `accepted` is emptied.
    """
    data = _data(secret)
    newest = data.get("token", "").strip() or secrets.token_urlsafe(32)
    tokens = list(dict.fromkeys([newest, *data.get("accepted", "").split()]))
    return _with_data(secret, {"token": newest, "accepted": "\n".join(tokens[:_MAX_TOKENS])})


def webhook(configuration: Object, authority: Object) -> Object:
    """`configuration` with the CAs of the Secret `authority` (caBundle) in all its webhooks."""
    bundle = authority["data"]["ca.crt"]
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
