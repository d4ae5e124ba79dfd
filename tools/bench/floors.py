"""Floors: Flask applications that do the least that a hook, or a webhook, has to do."""

import os
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from flask import Flask, request

from mcsa_core import kubeconfig_reader, secret
from mcsa_core.access import Access
from mcsa_core.names import secret_name
from mcsa_core.token import claims, token_request
from mcsa_hooks.json_provider import OrjsonProvider
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.remote.api_client import SELF_REVIEW
from mcsa_hooks.serviceaccountimports.customize import customize
from mcsa_hooks.serviceaccountimports.request import parse_import
from support.cluster.api_client import session

SYNC = "/serviceaccountimports/sync"
SOURCE = "SOURCE_KUBECONFIG"
"""The environment variable that names a file with the credential of the source."""
ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/pod-lister"
REVIEW = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


def echo() -> Flask:
    """It answers each review with that review."""
    flask = _flask()

    @flask.post("/mutate")
    def mutate() -> Any:
        return request.get_json()

    return flask


def constant() -> Flask:
    """Each import is Ready, and its Secret holds the same."""
    flask, data = _hooks(), secret.data("constant", _source())

    @flask.post(SYNC)
    def sync() -> Object:
        return _ready(request.get_json(), data)

    return flask


def calls() -> Flask:
    """The same, after the bare remote call: a token request or, with that token, a review."""
    flask, source = _hooks(), _source()
    data, remote = secret.data("constant", source), _remote(source)
    server, granted = source.endpoint.server, claims(source.token)
    wanted = token_request(86400, secret_name=granted.secret_name if granted else None)

    @flask.post(SYNC)
    def sync() -> Object:
        body = request.get_json()
        if children := [*body["children"]["Secret.v1"].values()]:
            token = children[0]["data"]["token"]
            bearer = {"Authorization": f"Bearer {b64decode(token).decode()}"}
            reply = remote.post(server + SELF_REVIEW, json=REVIEW, headers=bearer)
            reply.raise_for_status()
        else:
            reply = remote.post(f"{server}{ACCOUNT}/token", json=wanted)
            reply.raise_for_status()
            token = b64encode(reply.json()["status"]["token"].encode()).decode()
        return _ready(body, data | {"token": token})

    return flask


def review() -> Flask:
    """One remote call for each request: a review of the credential's own token."""
    flask, source = _flask(), _source()
    remote, url = _remote(source), source.endpoint.server + SELF_REVIEW

    @flask.post(SYNC)
    def sync() -> Any:
        return remote.post(url, json=REVIEW).json()

    return flask


def _flask() -> Flask:
    flask = Flask("floor", static_folder=None)
    flask.json = OrjsonProvider(flask)
    flask.add_url_rule("/healthz", view_func=lambda: "ok\n")
    return flask


def _hooks() -> Flask:
    flask = _flask()

    @flask.post("/serviceaccountimports/customize")
    def post_customize() -> Object:
        return customize(parse_import(request.get_json()))

    return flask


def _source() -> Access:
    return kubeconfig_reader.parse(Path(os.environ[SOURCE]).read_text())


def _remote(source: Access) -> Any:
    # A folder of the server's own, which goes when it does.
    ca = Path(os.environ["HOME"]) / "source-ca.crt"
    ca.write_text(source.endpoint.ca)
    return session(str(ca), source.token)


def _ready(body: Any, data: dict[str, str]) -> Object:
    metadata = body["parent"]["metadata"]
    namespace, name = metadata["namespace"], metadata["name"]
    child = {"namespace": namespace, "name": secret_name(namespace, name)}
    condition = {
        "type": "Ready",
        "status": "True",
        "reason": "TokenIssued",
        "message": "A constant.",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    return {
        "status": {
            "conditions": [condition],
            "secrets": [{"name": child["name"]}],
            "expirationTimestamp": "2027-01-01T00:00:00Z",
        },
        "children": [_secret(child, data), *_others(body, child["name"])],
        "resyncAfterSeconds": 300,
    }


def _others(body: Any, own_name: str) -> list[Object]:
    """The import's other Secrets, as observed."""
    secrets = body["children"]["Secret.v1"].values()
    others = [secret for secret in secrets if secret["metadata"]["name"] != own_name]
    fields = ("namespace", "name", "labels")
    return [
        _secret({field: other["metadata"][field] for field in fields}, other["data"])
        for other in others
    ]


def _secret(metadata: Object, data: dict[str, str]) -> Object:
    kind = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque"}
    return kind | {"metadata": metadata, "data": data}
