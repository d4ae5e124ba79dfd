"""Grants of targets in a source, tokens that are bound to them, and whether a source takes them."""

import json
from typing import Any

from mcsa_core.names import grant_name
from mcsa_core.token import token_request
from support.cluster import ControlPlane
from support.cluster.api_client import ApiClient, session

REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


def make_grant(source: ControlPlane, namespace: str, target: str, **metadata: Any) -> None:
    """The grant is there, as bootstrap makes it, unless there is one of that name."""
    labels = {"app.kubernetes.io/managed-by": "kubemcsa"}
    name = {"name": grant_name(target), "namespace": namespace}
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": name | {"labels": labels} | metadata,
        "type": "multicluster.admiralty.io/grant",
        "immutable": True,
    }
    exists = source.kubectl("get", "secret", "-n", namespace, name["name"], check=False)
    if not exists:
        source.kubectl("create", "-f", "-", input=json.dumps(body))


def bound_token(source: ControlPlane, namespace: str, account: str, target: str) -> str:
    """A token of an account, bound to the grant of `target` in that namespace."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    reply = ApiClient(source)("POST", path, token_request(3600, secret_name=grant_name(target)))
    return str(reply["status"]["token"])


def answer(source: ControlPlane, token: str) -> int:
    """The HTTP status that the source answers to the question who the holder of a token is."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    with session(str(source.ca_file), token) as client:
        return client.post(source.server + REVIEWS, json=body, timeout=30).status_code
