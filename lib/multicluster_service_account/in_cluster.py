"""The pod's own service account."""

import os
from functools import partial
from pathlib import Path

from multicluster_service_account import mount
from multicluster_service_account.configuration import ConfigAndNamespace, configuration
from multicluster_service_account.error import ServiceAccountImportError
from multicluster_service_account.token_refresh import TokenHook, file_versions

FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def server() -> str | None:
    """The URL of the API server of the pod's cluster; None if this is no pod, or has no token."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}") for part in ("HOST", "PORT"))
    if not (host and port and os.path.isfile(FOLDER / "token")):  # noqa: PTH113 - never raises
        return None
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def load(server: str) -> ConfigAndNamespace:
    """The configuration and the namespace of the pod's own service account, at the URL `server`.

    ServiceAccountImportError if its CA or its token can't be read.
    """
    ca_file, token_file = FOLDER / "ca.crt", FOLDER / "token"
    namespace_file = FOLDER / "namespace"
    if not ca_file.is_file():
        raise ServiceAccountImportError(
            f"{ca_file} is missing: mount the pod's service account token with its CA."
        )
    versions = file_versions((token_file,))
    read_token = partial(mount.token, token_file)
    hook = TokenHook(read_token(), read_token, (token_file,), versions)
    config = configuration(server=server, ca_file=ca_file, hook=hook)
    namespace = (mount.text(namespace_file) or "").strip()
    return ConfigAndNamespace(config, namespace or "default")
