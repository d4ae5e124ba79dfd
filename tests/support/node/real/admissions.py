"""Creates annotated pods several times a second: as a dry run, which calls the webhook, too."""

import threading
from typing import Self

import requests

from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient

PAUSE = 0.1
PODS = "/api/v1/namespaces/default/pods?dryRun=All"
ANNOTATION = "multicluster.admiralty.io/service-account-import.name"


class Admissions:
    """A thread that creates pods for as long as the `with` block lasts."""

    def __init__(self, cluster: ControlPlane, service_account_import: str) -> None:
        self._api = ApiClient(cluster)
        self._pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "generateName": "admitted-",
                "annotations": {ANNOTATION: service_account_import},
            },
            "spec": {"containers": [{"name": "client", "image": "client"}]},
        }
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.admitted = 0
        self.refusals: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(PAUSE):
            try:
                pod = self._api("POST", PODS, self._pod)
            except requests.RequestException as error:
                text = error.response.text if error.response is not None else ""
                self.refusals.append(f"{type(error).__name__} {text}")
            else:
                assert "volumes" in pod["spec"]
                self.admitted += 1
