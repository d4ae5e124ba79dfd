"""The pod's own service account."""

import os
from functools import partial
from pathlib import Path

from multicluster_service_account import mount
from multicluster_service_account.configuration import ConfigAndNamespace, configuration
from multicluster_service_account.error import ServiceAccountImportError
from multicluster_service_account.token_hook import TokenHook, signature

FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def server() -> str | None:
    """The URL of the pod's own cluster, None if this is no pod with a service account's token."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}") for part in ("HOST", "PORT"))
    if not (host and port and os.path.isfile(FOLDER / "token")):  # noqa: PTH113 - never raises
        return None
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def load(server: str) -> ConfigAndNamespace:
    """The configuration and the namespace of the pod's own service account."""
    ca_file, token, namespace = (FOLDER / key for key in ("ca.crt", "token", "namespace"))
    if not ca_file.is_file():
        raise ServiceAccountImportError(
            f"{ca_file} is missing: mount the pod's service account token with its CA."
        )
    seen = signature((token,))
    hook = TokenHook(mount.token(token), partial(mount.token, token), (token,), seen)
    config = configuration(server=server, ca_file=ca_file, hook=hook)
    found = (mount.text(namespace) or "").strip()
    return ConfigAndNamespace(config, found or "default")
