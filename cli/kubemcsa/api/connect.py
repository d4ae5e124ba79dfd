"""Connections to clusters by contexts of the administrator's own kubeconfig."""

import logging
import ssl
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.connect_as import connect_as
from kubemcsa.errors import ClusterError
from mcsa_core.endpoint import tls_context
from multicluster_service_account import ServiceAccountImportError, kubeconfig_files, mount
from multicluster_service_account.own_context import OwnContext


def connect(kubeconfig: str | None, context: str | None) -> Cluster:
    """The cluster of a context, by default the current one; ClusterError if that can't be used.

    The kubeconfig is the administrator's own: the official client loads it and runs its plugins.
    """
    # The official client logs what login plugins print; a ClusterError says it.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        own_context = kubeconfig_files.load(kubeconfig, None).context(context)
        if isinstance(own_context, Path):
            return connect_as(own_context.name, mount.read(own_context).access)
        return _cluster(own_context, own_context.load())
    except ServiceAccountImportError as error:
        raise ClusterError(str(error)) from error


def _cluster(own_context: OwnContext, configuration: Any) -> Cluster:
    cluster = own_context.cluster
    return Cluster(
        context=own_context.name,
        name=own_context.cluster_name,
        namespace=own_context.namespace,
        server=cluster["server"].rstrip("/"),
        ca=_ca(own_context, configuration),
        proxy_url=cluster.get("proxy-url"),
        tls_server_name=cluster.get("tls-server-name"),
        kubectl=own_context.kubectl,
        _authorization=lambda: _bearer(configuration),
        _pool=_pool(own_context, configuration),
    )


def _ca(own_context: OwnContext, configuration: Any) -> str | None:
    """The CA (PEM), None where the kubeconfig has none or skips the verification."""
    if not (configuration.verify_ssl and configuration.ssl_ca_cert):
        return None
    try:
        # Comments around the certificates may have any characters.
        ca = Path(configuration.ssl_ca_cert).read_text(encoding="ascii", errors="ignore")
        tls_context(ca)
    except ssl.SSLError:
        raise ClusterError(
            f"context {own_context.name}: the CA that the kubeconfig gives for cluster"
            f" {own_context.cluster_name} is no certificate: correct its certificate-authority-data"
            " or certificate-authority (PEM)."
        ) from None
    return ca


def _pool(own_context: OwnContext, configuration: Any) -> Any:
    """The pool of connections of the official client, by which requests are sent as they are."""
    from kubernetes import client  # noqa: PLC0415 - takes most of a second to import
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    title = (
        f"context {own_context.name}: the proxy of its cluster, by proxy-url in the kubeconfig or"
        " HTTPS_PROXY in the environment,"
    )
    if str(configuration.proxy).startswith("socks") and not find_spec("socks"):
        raise ClusterError(
            f"{title} is a SOCKS proxy, which takes the Python package pysocks: pip install pysocks"
        )
    try:
        # rest_client.pool_manager is a private part: tests/cli/test_official_client.py fails when
        # it goes.
        return client.ApiClient(configuration).rest_client.pool_manager
    except (HTTPError, ValueError):
        raise ClusterError(f"{title} is no http:// or https:// URL: correct it.") from None


def _bearer(configuration: Any) -> str | None:
    setting = configuration.auth_settings().get("BearerToken")
    return setting["value"] if setting else None
