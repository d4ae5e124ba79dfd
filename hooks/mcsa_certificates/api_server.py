"""The calls to the local API server, as a pod's service account: the one module that makes any."""

import os
from collections.abc import Callable
from pathlib import Path

import requests

from mcsa_hooks.jsontypes import Object

_TIMEOUT_SECONDS = 10
_ATTEMPTS = 10


class ApiServerError(Exception):
    """What the API server did not do."""


class NotThereError(ApiServerError):
    """There is no such object."""


class ApiServer:
    """The API server, by the mounted token and CA of a service account."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._token = folder / "token"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(folder / "ca.crt")

    def settle(self, path: str, change: Callable[[Object], Object]) -> Object:
        """The object at `path` is as `change` wants it; a change that wants nothing writes nothing.

        Whoever changes the object at the same moment wins, and `change` sees what they made of it.
        """
        for _ in range(_ATTEMPTS):
            observed = self._call("GET", path)
            desired = change(observed)
            if desired == observed:
                return observed
            written = self._call("PUT", path, desired)
            if written:
                return written
        raise ApiServerError(f"{path}: others change it all the time; try again later.")

    def _call(self, method: str, path: str, body: Object | None = None) -> Object:
        """The answer; nothing on a conflict."""
        try:
            response = self._session.request(
                method,
                self._url + path,
                headers={"Authorization": f"Bearer {self._token.read_text().strip()}"},
                json=body,
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
            if response.status_code == 409:
                return {}
            if response.status_code == 404:
                raise NotThereError(f"{path} is not there: apply the manifests again.")
            if response.status_code != 200:
                raise ApiServerError(
                    f"{method} {path}: the API server says {response.status_code}."
                )
            answer: Object = response.json()
        except (OSError, ValueError) as error:
            # Not the error itself: it may quote what was sent.
            raise ApiServerError(f"{method} {path}: {type(error).__name__}.") from None
        return answer


def url() -> str:
    """Where a pod finds its API server."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}") for part in ("HOST", "PORT"))
    if not host or not port:
        raise ApiServerError("this is not a pod: KUBERNETES_SERVICE_HOST and _PORT are not set.")
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
