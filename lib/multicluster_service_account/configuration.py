"""Configurations of the official client, made without its loader of kubeconfigs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from multicluster_service_account.token_refresh import TokenHook

if TYPE_CHECKING:
    from kubernetes.client import Configuration


class ConfigAndNamespace(NamedTuple):
    """The client configuration for a cluster, and the namespace to use there."""

    config: "Configuration"
    """For `kubernetes.client.ApiClient`."""
    namespace: str
    """That of the service account in its own cluster, or that of the kubeconfig's context."""


def configuration(
    *,
    server: str,
    ca_file: Path,
    hook: TokenHook,
    proxy_url: str | None = None,
    tls_server_name: str | None = None,
) -> "Configuration":
    """A configuration that trusts the CA in `ca_file` only, whose token `hook` renews.

    New connections read `ca_file` again.
    """
    # Takes most of a second to import, and the hooks do without.
    from kubernetes import client  # noqa: PLC0415

    config: Any = client.Configuration()
    config.host = server.rstrip("/")
    config.ssl_ca_cert = str(ca_file)
    config.tls_server_name = tls_server_name
    if proxy_url:
        # As in kubectl, no_proxy applies to the proxies of the environment only.
        config.proxy, config.no_proxy = proxy_url, None
    config.refresh_api_key_hook = hook
    hook(config)
    return config  # type: ignore[no-any-return]
