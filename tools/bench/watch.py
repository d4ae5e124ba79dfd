"""When the last of many objects is as expected, seen through one watch."""

import json
import time
from collections.abc import Callable, Iterable

import requests

from mcsa_hooks.jsontypes import Object
from support.cluster.api_client import ApiClient

METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_PATIENCE_SECONDS = 180


def opened(api: ApiClient, path: str, accept: str = "application/json") -> requests.Response:
    """A watch of what happens from now on to the objects of a kind."""
    now = api.send("GET", path, params={"limit": "1"}).json()["metadata"]["resourceVersion"]
    return api.send(
        "GET",
        path,
        params={"watch": "1", "resourceVersion": now},
        headers={"Accept": accept},
        stream=True,
        timeout=_PATIENCE_SECONDS,
    )


def last(
    watch: requests.Response, names: Iterable[str], expected: Callable[[Object], bool]
) -> float:
    """When (monotonic) each object of these names had been seen as expected.

    urllib3's ReadTimeoutError if nothing happens for three minutes.
    """
    missing = set(names)
    with watch:
        for line in watch.raw:
            observed = json.loads(line)["object"]
            if expected(observed):
                missing.discard(observed["metadata"]["name"])
            if not missing:
                break
    assert not missing, f"the watch ended before {len(missing)} objects were there"
    return time.monotonic()


def ready(sai: Object) -> bool:
    """Whether an import is Ready."""
    conditions = sai.get("status", {}).get("conditions", [])
    return any((c["type"], c["status"]) == ("Ready", "True") for c in conditions)
