"""A context of the caller's own kubeconfig: whether it is complete, and its configuration."""

import base64
import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from multicluster_service_account.error import ServiceAccountImportError
from multicluster_service_account.login_plugin import PluginLog, failure

FILE_FIELDS = {
    "certificate-authority": "certificate-authority-data",
    "client-certificate": "client-certificate-data",
    "client-key": "client-key-data",
    "tokenFile": "token",
}
"""The fields of clusters and users that name a file, and those that hold its content instead."""


@dataclass(frozen=True)
class OwnContext:
    """The cluster and the user that a context names, as the kubeconfig describes them."""

    name: str
    location: str
    """The kubeconfig: a file, or a list of files."""
    kubectl: str
    """The command that calls this context, for messages."""
    namespace: str
    cluster_name: str
    cluster: dict[str, Any]
    user_name: str
    user: dict[str, Any] = field(repr=False)

    def check(self) -> None:
        """ServiceAccountImportError if the cluster has no server, or if a file can't be read."""
        title = f"cluster {self.cluster_name!r} of kubeconfig {self.location}"
        advice = f"run {self.kubectl} config set-cluster {self.cluster_name} --server=https://..."
        if not (server := self.cluster.get("server")):
            raise ServiceAccountImportError(f"{title} has no server: {advice}")
        if not _is_url(server):
            raise ServiceAccountImportError(
                f"the server of {title} is no http:// or https:// URL, or holds a login: {advice}"
            )
        self._check_files(title, self.cluster)
        self._check_files(f"user {self.user_name!r} of kubeconfig {self.location}", self.user)

    def _check_files(self, title: str, section: dict[str, Any]) -> None:
        for key, data_key in FILE_FIELDS.items():
            try:
                if data_key in section:
                    if data_key != "token":
                        base64.b64decode(section[data_key] or "")
                elif key in section:
                    Path(section[key]).read_text(encoding="utf-8")
            except OSError as error:
                raise ServiceAccountImportError(
                    f"the {key} of {title} is {section[key]}, which can't be read"
                    f" ({error.strerror}): put the file there, or correct its path."
                ) from error
            except (ValueError, TypeError):
                # UnicodeDecodeError quotes the file, which may hold a key.
                problem = f"{data_key} of {title} is not base64"
                if data_key not in section:
                    problem = f"{key} of {title} is not the path of a text file"
                raise ServiceAccountImportError(
                    f"the {problem}: write the kubeconfig anew, as by your cloud's command for it."
                ) from None

    def load(self) -> Any:
        """The official client's configuration; ServiceAccountImportError if it can't be made."""
        # Takes most of a second to import, and the hooks do without.
        from kubernetes import client, config  # noqa: PLC0415

        client_config: Any = client.Configuration()
        plugin = self.user.get("exec")
        with PluginLog() as log:
            try:
                config.load_kube_config_from_dict(
                    self._kubeconfig(), self.name, client_config, persist_config=False
                )
            except Exception:  # noqa: BLE001 - the message of any error may hold a token
                provider = self.user.get("auth-provider")
                culprit = "auth-provider failed" if provider else "user or cluster is malformed"
                raise self._unusable(f"its {culprit}; {self._try()}.") from None
        # When a plugin fails, the official client logs that and makes anonymous requests.
        if plugin and not (client_config.api_key or client_config.cert_file):
            raise self._unusable(failure(plugin, log.messages, self._try()))
        self._set_proxy(client_config)
        return client_config

    def _kubeconfig(self) -> dict[str, Any]:
        """A kubeconfig of this context alone."""
        context = {"cluster": self.cluster_name, "user": self.user_name}
        return {
            "clusters": [{"name": self.cluster_name, "cluster": self.cluster}],
            "users": [{"name": self.user_name, "user": self.user}],
            "contexts": [{"name": self.name, "context": context}],
        }

    def _set_proxy(self, client_config: Any) -> None:
        """As in kubectl: proxies of the environment serve no loopback address, and no_proxy them.

        See https://pkg.go.dev/golang.org/x/net/http/httpproxy.
        """
        if self.cluster.get("proxy-url"):
            client_config.no_proxy = None
        elif is_loopback(self.cluster["server"]):
            client_config.proxy = None

    def _try(self) -> str:
        return f"try {self.kubectl} version"

    def _unusable(self, reason: str) -> ServiceAccountImportError:
        return ServiceAccountImportError(
            f"context {self.name!r} of kubeconfig {self.location} can't be used: {reason}"
        )


def is_loopback(url: str) -> bool:
    """Whether the host of a URL is localhost or a loopback address."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_url(server: object) -> bool:
    try:
        url = urlsplit(str(server))
        port = url.port
    except ValueError:
        return False
    has_host = bool(url.hostname) and port != 0 and url.username is None
    return has_host and url.scheme in {"http", "https"}
