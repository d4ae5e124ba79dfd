"""How others reach a cluster that an administrator's kubeconfig leads to."""

from pathlib import Path

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import InputError
from mcsa_core.endpoint import AccessError, Endpoint, checked


def endpoint(cluster: Cluster, server: str | None = None, ca: Path | None = None) -> Endpoint:
    """How `cluster` is reached; InputError if too little is known of it.

    `server` and `ca`, a PEM file, replace what the kubeconfig says.
    """
    try:
        pem = ca.read_text() if ca else cluster.ca
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the CA {ca}: {error}.") from error
    if pem is None:
        raise InputError(
            f"the kubeconfig names no CA for cluster {cluster.name}, or skips its verification: set"
            " its certificate-authority."
        )
    try:
        return checked(
            server=server or cluster.server,
            ca=pem,
            proxy_url=None if server else cluster.proxy_url,
            tls_server_name=None if server else cluster.tls_server_name,
        )
    except AccessError as error:
        raise InputError(f"cluster {cluster.name} can't be used: its {error}.") from error
