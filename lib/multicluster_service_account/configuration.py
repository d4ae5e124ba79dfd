"""Configurations of the official client, built by hand rather than by its loader."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from multicluster_service_account.token_hook import TokenHook

if TYPE_CHECKING:
    from kubernetes.client import Configuration


class ConfigAndNamespace(NamedTuple):
    """How to call a cluster, and the namespace to call it for."""

    config: "Configuration"
    """For `kubernetes.client.ApiClient`."""
    namespace: str
    """Of the service account in its own cluster, or of the kubeconfig's context."""


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

    made: Any = client.Configuration()
    made.host = server.rstrip("/")
    made.ssl_ca_cert = str(ca_file)
    made.tls_server_name = tls_server_name
    if proxy_url:
        # As in kubectl, no_proxy is about the environment's proxies only.
        made.proxy, made.no_proxy = proxy_url, None
    made.refresh_api_key_hook = hook
    hook(made)
    return made  # type: ignore[no-any-return]
