"""Every state of the Secrets of imports, by a watch of the API server."""

import threading
import time
from collections.abc import Mapping
from typing import Any, Self

import requests

from mcsa_core.token import claims
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient
from support.cluster.reading import decoded
from support.node.kubelet import Mount
from support.samples.signing import grant

_WATCH_SECONDS = 3


class SecretWatch:
    """Sees what becomes of some Secrets of a namespace, while the `with` block lasts."""

    def __init__(
        self, cluster: ControlPlane, namespace: str, subjects: Mapping[str, str], mount: Mount
    ) -> None:
        """`subjects` says by a Secret's name whose token it is to hold; `mount` is of the first."""
        self._api = ApiClient(cluster)
        self._path = f"/api/v1/namespaces/{namespace}/secrets"
        self._subjects = subjects
        self._mounted = next(iter(subjects))
        self._mount = mount
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow)
        self.last: dict[str, Any] = {}
        self.states = 0
        self.lost = 0
        """How many Secrets were deleted or made anew."""
        self.wrong = 0
        """States whose token is expired, of another account, or none."""
        self.renewed: dict[str, int] = {}
        """How many other grants each Secret has held since the first."""
        self.mounted_at: list[float] = []
        """Since when (monotonic) the mount has had each grant."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Nothing that happened until now is missed."""
        self._over.set()
        self._thread.join()
        self._list()

    def token(self, name: str) -> str:
        """What a Secret holds."""
        return decoded(self.last[name])["token"]

    def grant(self, name: str) -> str:
        """Of which token that is."""
        return grant(self.token(name))

    def _follow(self) -> None:
        while not self._over.is_set():
            try:
                version = self._list()
                while version and not self._over.is_set():
                    version = self._watch(version)
            except requests.RequestException:
                self._over.wait(0.1)

    def _list(self) -> str:
        secrets = self._api("GET", self._path)
        names = {secret["metadata"]["name"] for secret in secrets["items"]}
        for name in self.last.keys() - names:
            self._lose(name)
        for secret in secrets["items"]:
            self._see(secret)
        return str(secrets["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> str:
        """Up to which version that was; empty if the API server can't tell any more."""
        for event in self._api.watch(self._path, version, _WATCH_SECONDS):
            if event["type"] == "ERROR":
                return ""
            secret = event["object"]
            version = secret["metadata"]["resourceVersion"]
            if event["type"] == "DELETED":
                self._lose(secret["metadata"]["name"])
            else:
                self._see(secret)
        return version

    def _lose(self, name: str) -> None:
        self.lost += self.last.pop(name, None) is not None

    def _see(self, secret: Any) -> None:
        name = secret["metadata"]["name"]
        before = self.last.get(name)
        if name not in self._subjects or (before and _version(before) == _version(secret)):
            return
        self.states += 1
        self.wrong += not _is_right(secret, self._subjects[name])
        self.lost += before is not None and before["metadata"]["uid"] != secret["metadata"]["uid"]
        other = before is None or self.grant(name) != grant(decoded(secret)["token"])
        if name == self._mounted:
            self._mount.write_secret(secret["data"])
            self.mounted_at += [time.monotonic()] * other
        self.renewed[name] = self.renewed.get(name, -1) + other
        self.last[name] = secret


def _version(secret: Any) -> Any:
    return secret["metadata"]["resourceVersion"]


def _is_right(secret: Any, subject: str) -> bool:
    data = decoded(secret)
    token = claims(data["token"])
    if token is None or data["token"] not in data["config"]:
        return False
    return token.subject == subject and token.expires_at > time.time()
