"""How others reach a cluster that an administrator's kubeconfig leads to."""

from pathlib import Path

import click

from kubemcsa.api.cluster import Cluster
from mcsa_core.endpoint import AccessError, Endpoint, checked


def endpoint(cluster: Cluster, server: str | None = None, ca: Path | None = None) -> Endpoint:
    """How `cluster` is reached; a usage error if too little is known of it.

    `server` and `ca`, a PEM file, replace what the kubeconfig says.
    """
    try:
        pem = ca.read_text() if ca else cluster.ca
    except (OSError, ValueError) as error:
        raise click.UsageError(f"cannot read the CA {ca}: {error}.") from error
    if pem is None:
        raise click.UsageError(
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
        raise click.UsageError(f"cluster {cluster.name} can't be used: its {error}.") from error
