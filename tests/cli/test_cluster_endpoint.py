"""What of an administrator's kubeconfig goes into the endpoint for other clusters."""

import trustme

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.cluster_endpoint import endpoint

CA = trustme.CA().cert_pem.bytes().decode()


def cluster2() -> Cluster:
    return Cluster(
        context="cluster2",
        name="cluster2",
        namespace="default",
        server="https://cluster2.example",
        ca=CA,
        proxy_url="http://proxy.example",
        tls_server_name="kubernetes",
        _authorization=lambda: None,
        _pool=None,
    )


def test_the_kubeconfig_is_followed() -> None:
    copy = endpoint(cluster2())
    assert copy.server == "https://cluster2.example"
    assert (copy.ca.strip(), copy.proxy_url) == (CA.strip(), "http://proxy.example")
    assert copy.tls_server_name == "kubernetes"


def test_another_address_is_without_proxy_and_server_name() -> None:
    other = endpoint(cluster2(), server="https://10.0.0.1:6443")
    assert other.server == "https://10.0.0.1:6443"
    assert other.ca.strip() == CA.strip()
    assert (other.proxy_url, other.tls_server_name) == (None, None)
