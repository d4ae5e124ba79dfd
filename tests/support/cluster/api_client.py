"""An API server's administrator, who has more to do than kubectl is quick enough for."""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from support.cluster import ControlPlane

_SECONDS = 30
_PARALLEL = 8


class ApiClient:
    """requests.RequestException if there is no answer, or another than success."""

    def __init__(self, cluster: ControlPlane) -> None:
        config = json.loads(cluster.kubeconfig.read_text())
        self._server = cluster.server
        self._session = session(str(cluster.ca_file), config["users"][0]["user"]["token"])

    def send(self, method: str, path: str, **rest: Any) -> requests.Response:
        """What is answered."""
        answer = self._session.request(method, self._server + path, **{"timeout": _SECONDS} | rest)
        answer.raise_for_status()
        return answer

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON value that is answered."""
        return self.send(method, path, json=body).json()

    def create_all(self, path: str, bodies: Iterable[Any]) -> None:
        """The objects are there, made several at a time."""
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for _ in pool.map(lambda body: self("POST", path, body), bodies):
                pass

    def watch(self, path: str, version: str, seconds: int) -> Iterator[Any]:
        """The events after that resourceVersion, for so long."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(seconds)}
        with self.send("GET", path, params=query, stream=True) as answer:
            for line in answer.iter_lines():
                yield json.loads(line)


def session(ca: str, token: str) -> requests.Session:
    """A session as anybody would make it, with room for as many connections as come up here."""
    made = requests.Session()
    made.trust_env = False
    made.verify = ca
    made.headers["Authorization"] = f"Bearer {token}"
    made.mount("https://", HTTPAdapter(pool_maxsize=100))
    return made
