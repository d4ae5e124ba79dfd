"""What an API server answers: an object, or an error as a sentence with what to do next."""

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from kubemcsa.api.object_paths import Object
from kubemcsa.errors import ClusterError

if TYPE_CHECKING:
    from kubemcsa.api.cluster import Cluster

_SHOWN = 2000
_UNKNOWN_API_GROUP = b"404 page not found"
_FORBIDDEN = re.compile(r'User "([^"]*)" cannot ')
_ANONYMOUS = "system:anonymous"


def api_object(content: bytes) -> Object | None:
    """The JSON object, with a kind as all of the Kubernetes API; None if it is none."""
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "kind" in value else None


def is_missing(status: int, content: bytes) -> bool:
    """Whether an API server says that there is nothing at that path."""
    return status == 404 and (
        api_object(content) is not None or content.strip() == _UNKNOWN_API_GROUP
    )


def error(cluster: "Cluster", status: int, api_status: Object | None) -> ClusterError:
    """The error for an HTTP status and an object that is the answer, None if it is no object."""
    sentence = _sentence(cluster, status, api_status)
    return ClusterError(f"{cluster.noun} {cluster.context}: {sentence}", status)


def _sentence(cluster: "Cluster", status: int, api_status: Object | None) -> str:
    if status == 401:
        return (
            f"{cluster.server} does not accept the credential in the kubeconfig (HTTP status 401):"
            f" it is wrong or has expired; log in again, or try {cluster.kubectl} auth whoami."
        )
    message = (api_status or {}).get("message")
    return _refusal(status, message) if isinstance(message, str) else _no_api(cluster, status)


def _refusal(status: int, message: str) -> str:
    """The API server's own message, with what to do next where that is known."""
    message = message if len(message) <= _SHOWN else f"{message[:_SHOWN]} ..."
    if status == 403 and (user := _FORBIDDEN.search(message)):
        if user[1] == _ANONYMOUS:
            return f"{message}: the user in the kubeconfig has no credential; log in first."
        return f"{message}: ask an administrator for that right, or choose another context."
    advice = ""
    if status == 404:
        advice = ": create it first, or correct the name"
    elif status == 429 or 500 <= status < 600:
        advice = ": the cluster is busy or failing; try again later"
    return f"{message} (HTTP status {status}){advice}."


def _no_api(cluster: "Cluster", status: int) -> str:
    """What answers is no API server, but a load balancer, a proxy or a web site."""
    title = _title(status)
    if 500 <= status < 600:
        return (
            f"what answers at {cluster.server} has no API server that is ready (HTTP status"
            f" {title}): try again later."
        )
    advice = f"correct the server of cluster {cluster.name} in the kubeconfig"
    if 300 <= status < 400:
        return (
            f"what answers at {cluster.server} is no Kubernetes API, but redirects, as login pages"
            f" do (HTTP status {title}): {advice}."
        )
    if status == 400 and cluster.server.startswith("http:"):
        advice = f"try https:// there, and {advice}"
    return f"what answers at {cluster.server} is no Kubernetes API (HTTP status {title}): {advice}."


def _title(status: int) -> str:
    """`503, Service Unavailable`."""
    try:
        return f"{status}, {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
