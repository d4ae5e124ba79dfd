"""A control plane as its administrator calls it, on kept-alive connections."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
import yaml
from requests.adapters import HTTPAdapter

from clusters import ControlPlane

Object = dict[str, Any]

_PARALLEL = 8


class Api:
    """The API of a control plane that runs; paths begin with a slash."""

    def __init__(self, cluster: ControlPlane) -> None:
        user = yaml.safe_load(cluster.kubeconfig.read_text())["users"][0]["user"]
        self._server = cluster.server
        self._session = session(str(cluster.kubeconfig.parent / "ca.crt"), user["token"])

    def post(self, path: str, body: Object) -> None:
        """The object is there; requests.HTTPError if it was refused."""
        self._session.post(self._server + path, json=body).raise_for_status()

    def post_all(self, path: str, bodies: Iterable[Object]) -> None:
        """The objects are there, made several at a time."""
        with ThreadPoolExecutor(_PARALLEL) as pool:
            for _ in pool.map(lambda body: self.post(path, body), bodies):
                pass

    def get(self, path: str, **rest: Any) -> requests.Response:
        """A successful answer; requests.HTTPError if it is none."""
        got = self._session.get(self._server + path, **rest)
        got.raise_for_status()
        return got


def session(ca: str, token: str) -> requests.Session:
    """A session as anybody would make it, with room for as many connections as come up here."""
    made = requests.Session()
    made.trust_env = False
    made.verify = ca
    made.headers["Authorization"] = f"Bearer {token}"
    made.mount("https://", HTTPAdapter(pool_maxsize=100))
    return made
