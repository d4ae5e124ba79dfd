"""Clusters as somebody else's credentials lead to them."""

import ssl
from typing import Any

from kubemcsa.api.cluster import Cluster
from kubemcsa.errors import ClusterError
from mcsa_core.access import Access
from mcsa_core.endpoint import tls_context


def reach(name: str, access: Access) -> Cluster:
    """Connect to the cluster `name` as the holder of a credential; ClusterError if it can't.

    The credential is somebody else's: nothing but what it says itself is used, its CA above all.
    """
    import urllib3  # noqa: PLC0415

    try:
        context = tls_context(access.endpoint.ca)
    except ssl.SSLError as error:
        raise ClusterError(f"cluster {name}: the CA of its credential can't be used.") from error
    tls: dict[str, Any] = {
        "ssl_context": context,
        "server_hostname": access.endpoint.tls_server_name,
        "assert_hostname": access.endpoint.tls_server_name,
    }
    proxy = access.endpoint.proxy_url
    return Cluster(
        context=name,
        name=name,
        namespace=access.namespace,
        server=access.endpoint.server.rstrip("/"),
        ca=access.endpoint.ca,
        proxy_url=proxy,
        tls_server_name=access.endpoint.tls_server_name,
        _authorization=lambda: f"Bearer {access.token}",
        _pool=urllib3.ProxyManager(proxy, **tls) if proxy else urllib3.PoolManager(**tls),
        _what="cluster",
    )
