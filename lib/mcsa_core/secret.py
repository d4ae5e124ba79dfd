"""The Secret that holds an Access: which keys it has, and how they are read."""

import base64
import binascii
from typing import Any

from mcsa_core import access as accesses
from mcsa_core import endpoint as endpoints
from mcsa_core import kubeconfig_reader, kubeconfig_writer
from mcsa_core.access import Access
from mcsa_core.endpoint import AccessError

KEYS = ("config", "server", "ca.crt", "namespace", "token")


def data(name: str, access: Access) -> dict[str, str]:
    """The `data` of the Secret of the import `name`: five keys, values in base64."""
    values = (
        kubeconfig_writer.dump(name, access),
        access.endpoint.server,
        access.endpoint.ca,
        access.namespace,
        access.token,
    )
    return {
        key: base64.b64encode(value.encode()).decode()
        for key, value in zip(KEYS, values, strict=True)
    }


def access(secret: dict[str, Any]) -> Access:
    """The access that a Secret holds, in its kubeconfig `config` or, without it, in the other keys.

    AccessError names what is missing or wrong.
    """
    if config := value(secret, "config"):
        return kubeconfig_reader.parse(config)
    endpoint = endpoints.checked(server=value(secret, "server"), ca=value(secret, "ca.crt"))
    return accesses.checked(
        endpoint,
        token=value(secret, "token"),
        namespace=value(secret, "namespace") or "default",
    )


def value(secret: dict[str, Any], key: str) -> str | None:
    """The decoded value of `key`, None if there is none; AccessError if it is not text."""
    encoded = (secret.get("data") or {}).get(key)
    if encoded is None:
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError, TypeError):
        raise AccessError(f"{key} is not text in base64") from None
