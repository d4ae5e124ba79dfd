"""The credentials of a control plane: its CA, its signing key, its administrator's kubeconfig."""

import base64
import json
import os
import re
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def write_private(path: Path, content: str) -> None:
    """The file has this content, as a whole and for its owner only."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    partial.replace(path)


def private_key() -> str:
    """A new RSA key (PEM); RSA, since RS256 is what clusters commonly sign tokens with."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def ca(certificates: str) -> str | None:
    """The CA of a server certificate and its CA (PEM); None while the text has fewer than two."""
    chain: list[str] = re.findall(
        r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", certificates, re.DOTALL
    )
    return chain[-1] if len(chain) >= 2 else None


def admin_tokens(token: str) -> str:
    """The token file of an API server whose only user may do everything."""
    return f'{token},admin,admin,"system:masters"\n'


def kubeconfig(name: str, server: str, ca: str, token: str) -> str:
    """A complete kubeconfig whose cluster, context and user have this name."""
    data = base64.b64encode(ca.encode()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": server, "certificate-authority-data": data}}
        ],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    return json.dumps(config, indent=2) + "\n"
