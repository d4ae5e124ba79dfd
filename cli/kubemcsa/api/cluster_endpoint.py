"""The endpoint of a cluster that an administrator's kubeconfig leads to, for other clusters."""

import ssl
from pathlib import Path

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import InputError
from mcsa_core.endpoint import AccessError, Endpoint, checked, tls_context


def endpoint(cluster: Cluster, server: str | None = None, ca_file: Path | None = None) -> Endpoint:
    """Server, CA and proxy of `cluster`; InputError if the kubeconfig does not say enough.

    `server`, a URL, and `ca_file`, PEM, replace what the kubeconfig says.
    """
    try:
        ca = ca_file.read_text() if ca_file else cluster.ca
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not PEM"
        raise InputError(
            f"cannot read the CA {ca_file} ({reason}): correct the path, or put the file there."
        ) from error
    if ca is None:
        raise InputError(
            f"the kubeconfig names no CA for cluster {cluster.name}, or skips its verification, and"
            " what is imported takes one: set its certificate-authority (PEM)."
        )
    flags = f" with --source-server {server}" if server else ""
    flags += f" with --source-ca {ca_file}" if ca_file else ""
    try:
        valid_endpoint = checked(
            server=server or cluster.server,
            ca=ca,
            proxy_url=None if server else cluster.proxy_url,
            tls_server_name=None if server else cluster.tls_server_name,
        )
        tls_context(valid_endpoint.ca)
    except AccessError as error:
        raise InputError(
            f"cluster {cluster.name}{flags} can't be called by other clusters: its {error}; correct"
            " it."
        ) from error
    except ssl.SSLError as error:
        raise InputError(
            f"cluster {cluster.name}{flags} can't be called by other clusters: its CA holds no"
            " certificate that can be read; correct it."
        ) from error
    return valid_endpoint
