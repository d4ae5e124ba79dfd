"""Connections to clusters as the identity of a credential, instead of the administrator."""

import ssl
from typing import Any

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from mcsa_core.access import Access
from mcsa_core.endpoint import tls_context


def connect_as(name: str, access: Access) -> Cluster:
    """The cluster `name`, called with a credential; ClusterError if the credential's CA is bad.

    Its own CA, proxy and token are used, and nothing of the machine or its environment.
    """
    import urllib3  # noqa: PLC0415

    endpoint = access.endpoint
    try:
        context = tls_context(endpoint.ca)
    except ssl.SSLError as error:
        cause = "the CA of its credential is no certificate"
        raise ClusterError(f"cluster {name}: {cause}: register it anew.", cause=cause) from error
    tls: dict[str, Any] = {
        "ssl_context": context,
        "server_hostname": endpoint.tls_server_name,
        "assert_hostname": endpoint.tls_server_name,
    }
    proxy = endpoint.proxy_url
    return Cluster(
        context=name,
        name=name,
        namespace=access.namespace,
        server=endpoint.server.rstrip("/"),
        ca=endpoint.ca,
        proxy_url=proxy,
        tls_server_name=endpoint.tls_server_name,
        _authorization=lambda: f"Bearer {access.token}",
        _pool=urllib3.ProxyManager(proxy, **tls) if proxy else urllib3.PoolManager(**tls),
        noun="cluster",
    )
