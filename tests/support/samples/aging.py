"""Secrets of imports whose token somebody has replaced."""

import json

from support.cluster.reading import decoded, get
from support.engine.stack import Stack
from support.samples.signing import aged


def age(stack: Stack, namespace: str, secret: str, seconds: int, life: int) -> str:
    """A Secret holds its token as if granted so long ago, for `life` seconds; what it is."""
    held = decoded(get(stack.cluster1, "secret", "-n", namespace, secret))["token"]
    old = aged(held, stack.cluster2.signing_key, seconds, life)
    put(stack, namespace, secret, old)
    return old


def put(stack: Stack, namespace: str, secret: str, token: str) -> None:
    """A Secret holds that token, in all places."""
    held = decoded(get(stack.cluster1, "secret", "-n", namespace, secret))
    changed = {key: value.replace(held["token"], token) for key, value in held.items()}
    patch = json.dumps({"stringData": changed})
    stack.cluster1.kubectl("patch", "secret", "-n", namespace, secret, "-p", patch)
