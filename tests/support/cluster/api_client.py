"""A client of an API server, as its administrator; a kubectl for each call would be too slow."""

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
    """Calls one API server; requests.RequestException unless the status is one of success."""

    def __init__(self, cluster: ControlPlane) -> None:
        config = json.loads(cluster.kubeconfig.read_text())
        self._server = cluster.server
        self._session = session(str(cluster.ca_file), config["users"][0]["user"]["token"])

    def send(self, method: str, path: str, **rest: Any) -> requests.Response:
        """The response; `rest` are arguments of requests.request."""
        response = self._session.request(
            method, self._server + path, **{"timeout": _SECONDS} | rest
        )
        response.raise_for_status()
        return response

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON value of the response."""
        return self.send(method, path, json=body).json()

    def create_all(self, path: str, bodies: Iterable[Any]) -> None:
        """The objects are there, made several at a time."""
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for _ in pool.map(lambda body: self("POST", path, body), bodies):
                pass

    def watch(self, path: str, version: str, seconds: int) -> Iterator[Any]:
        """The events after that resourceVersion, for so long."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(seconds)}
        with self.send("GET", path, params=query, stream=True) as response:
            for line in response.iter_lines():
                yield json.loads(line)


def session(ca: str, token: str) -> requests.Session:
    """A session that trusts a CA file and sends a bearer token, with a pool of 100 connections."""
    client = requests.Session()
    client.trust_env = False
    client.verify = ca
    client.headers["Authorization"] = f"Bearer {token}"
    client.mount("https://", HTTPAdapter(pool_maxsize=100))
    return client
