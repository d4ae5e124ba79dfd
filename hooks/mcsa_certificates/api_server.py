"""The calls to the local API server, with the token of the pod's service account."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import requests

from mcsa_hooks.jsontypes import Object

_TIMEOUT_SECONDS = 10
_ATTEMPTS = 10

log = logging.getLogger("certificates")


class ApiServerError(Exception):
    """One sentence: which call failed, and how."""


class NotThereError(ApiServerError):
    """The object does not exist."""


class ApiServer:
    """The API server, called with the token and the CA that are mounted at `folder`."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._token = folder / "token"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(folder / "ca.crt")

    def get(self, path: str) -> Object:
        """The object at `path`."""
        return self._call("GET", path)

    def settle(self, path: str, change: Callable[[Object], Object]) -> Object:
        """The object at `path`, after a write if `change` makes anything else of it.

        On a conflict (409: another writer was first) the object is read and changed again.
        """
        for _ in range(_ATTEMPTS):
            manifest = self.get(path)
            new_manifest = change(manifest)
            if new_manifest == manifest:
                return manifest
            if answer := self._call("PUT", path, new_manifest):
                log.info("%s is written.", path)
                return answer
        raise ApiServerError(f"{path}: {_ATTEMPTS} writes met with a conflict.")

    def _call(self, method: str, path: str, body: Object | None = None) -> Object:
        """The object in the answer; empty on a conflict."""
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
                    f"{method} {path}: the API server answers {response.status_code}."
                )
            answer: Object = response.json()
        except (OSError, ValueError) as error:
            # Not the error's message: it may quote the request, with its token.
            raise ApiServerError(f"{method} {path}: {type(error).__name__}.") from None
        return answer


def url() -> str:
    """The URL of the API server, from the environment of a pod."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}") for part in ("HOST", "PORT"))
    if not host or not port:
        raise ApiServerError("this is not a pod: KUBERNETES_SERVICE_HOST and _PORT are not set.")
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
