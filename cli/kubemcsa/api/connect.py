"""Connections to clusters by contexts of the administrator's own kubeconfig."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object
from kubemcsa.errors import ClusterError


def connect(kubeconfig: str | None, context: str | None) -> Cluster:
    """The cluster of a context, by default the current one; ClusterError if that can't be used.

    The kubeconfig is the administrator's own: the official client loads it and runs its plugins.
    """
    from kubernetes.config import ConfigException  # noqa: PLC0415

    # The official client logs what login plugins print; a ClusterError says enough.
    logging.getLogger().addHandler(logging.NullHandler())
    path = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    malformed = (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError)
    try:
        return _cluster(path, context)
    except (ConfigException, OSError, *malformed) as error:
        # Messages of the official client can quote a user of the kubeconfig, token included.
        title = f"context {context}" if context else "the current context"
        raise ClusterError(
            f"cannot use {title} of kubeconfig {path} ({type(error).__name__}): see whether"
            " kubectl can."
        ) from None


def _cluster(path: str, context: str | None) -> Cluster:
    # The official client takes most of a second to import. KubeConfigMerger and
    # rest_client.pool_manager are private parts of it: nothing public gives a context's cluster as
    # the kubeconfig has it, or sends requests as they are. tests/cli/test_official_client.py
    # fails when they go.
    from kubernetes import client, config  # noqa: PLC0415
    from kubernetes.config.kube_config import KubeConfigMerger  # noqa: PLC0415

    merger = KubeConfigMerger(path)
    name = context or _current_context(merger.config_files.values())
    entry = merger.config["contexts"].get_with_name(name)["context"]
    cluster = merger.config["clusters"].get_with_name(entry["cluster"])["cluster"]
    user = merger.config["users"].get_with_name(entry["user"])["user"]
    server = str(cluster["server"]).rstrip("/")
    configuration = client.Configuration()
    config.load_kube_config(path, name, configuration, persist_config=False)
    ca = Path(configuration.ssl_ca_cert).read_text() if configuration.ssl_ca_cert else None
    if "exec" in user and not (configuration.auth_settings() or configuration.cert_file):
        raise ClusterError(f"context {name}: its login plugin {user['exec']['command']} failed.")
    return Cluster(
        context=name,
        name=entry["cluster"],
        namespace=entry.safe_get("namespace") or "default",
        server=server,
        ca=ca if configuration.verify_ssl else None,
        proxy_url=cluster.safe_get("proxy-url"),
        tls_server_name=cluster.safe_get("tls-server-name"),
        _authorization=lambda: _bearer(configuration),
        _pool=client.ApiClient(configuration).rest_client.pool_manager,
    )


def _bearer(configuration: Any) -> str | None:
    setting = configuration.auth_settings().get("BearerToken")
    return setting["value"] if setting else None


def _current_context(configs: Iterable[Object]) -> str:
    # As in kubectl the first file that names one decides; for the official client it is the last.
    for config in configs:
        if current := config.get("current-context"):
            return str(current)
    raise ValueError("there is none")
