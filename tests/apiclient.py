"""An API server's administrator, who has more to do than kubectl is quick enough for."""

import json
from collections.abc import Iterator
from typing import Any

import requests

from clusters import ControlPlane


class ApiClient:
    """For one thread; requests.RequestException if there is no answer, or another than success."""

    def __init__(self, cluster: ControlPlane) -> None:
        config = json.loads(cluster.kubeconfig.read_text())
        self._server = cluster.server
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(cluster.ca_file)
        self._session.headers["Authorization"] = f"Bearer {config['users'][0]['user']['token']}"

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON value that is answered."""
        answer = self._session.request(method, self._server + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def watch(self, path: str, version: str, seconds: int) -> Iterator[Any]:
        """The events after that resourceVersion, for so long."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(seconds)}
        url = self._server + path
        with self._session.get(url, params=query, stream=True, timeout=30) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                yield json.loads(line)
