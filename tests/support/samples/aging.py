"""Replaces the token in the Secret of an import, for example by an older one."""

import json
from typing import NamedTuple, Protocol

from support.cluster import ControlPlane
from support.cluster.reading import decoded, get
from support.samples.signing import aged


class Clusters(Protocol):
    """A target and a source."""

    @property
    def cluster1(self) -> ControlPlane: ...

    @property
    def cluster2(self) -> ControlPlane: ...


class Pair(NamedTuple):
    """Just these, without hooks."""

    cluster1: ControlPlane
    cluster2: ControlPlane


def age(stack: Clusters, namespace: str, secret: str, seconds: int, life: int) -> str:
    """The Secret's token, aged: granted `seconds` ago for `life` seconds. The Secret holds it."""
    token = decoded(get(stack.cluster1, "secret", "-n", namespace, secret))["token"]
    old = aged(token, stack.cluster2.signing_key, seconds, life)
    put(stack, namespace, secret, old)
    return old


def put(stack: Clusters, namespace: str, secret: str, token: str) -> None:
    """A Secret holds that token, in all places, and has no managedFields.

    By these the hooks would see that it was written a moment ago, and keep the token.
    """
    data = decoded(get(stack.cluster1, "secret", "-n", namespace, secret))
    changed = {key: value.replace(data["token"], token) for key, value in data.items()}
    patch = json.dumps({"metadata": {"managedFields": [{}]}, "stringData": changed})
    scope = ("-n", namespace, secret, "--type=merge", "-p", patch)
    stack.cluster1.kubectl("patch", "secret", *scope)
