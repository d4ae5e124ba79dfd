"""Tokens signed with an API server's own key, of any age."""

import base64
import json
import time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def aged(token: str, key: Path, age: int, life: int) -> str:
    """`token`, granted `age` seconds ago for `life` seconds."""
    granted = int(time.time()) - age
    claims: Any = json.loads(_decoded(token.split(".")[1]))
    return _signed(claims | {"iat": granted, "nbf": granted, "exp": granted + life}, key)


def grant(token: str) -> str:
    """The id by which API servers know the token, the same however it is aged; empty if none."""
    try:
        claims: Any = json.loads(_decoded(token.split(".")[1]))
        return f"JTI={claims['jti']}"
    except (ValueError, TypeError, LookupError):
        return ""


def _signed(claims: Any, key: Path) -> str:
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    signed = f"{_encoded({'alg': 'RS256'})}.{_encoded(claims)}"
    signature = private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_text(signature)}"


def _encoded(value: Any) -> str:
    return _text(json.dumps(value).encode())


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
