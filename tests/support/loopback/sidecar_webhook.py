"""A second mutating webhook, which adds a sidecar container to pods."""

import base64
import json
from typing import Any

from flask import Flask, request


def app() -> Flask:
    """It answers reviews, and adds its container once."""
    flask = Flask("sidecar", static_folder=None)

    @flask.get("/healthz")
    def healthz() -> str:
        return "ok\n"

    @flask.post("/mutate")
    def mutate() -> Any:
        review = request.get_json()
        containers = review["request"]["object"]["spec"]["containers"]
        response = {"uid": review["request"]["uid"], "allowed": True}
        if "sidecar" not in [container["name"] for container in containers]:
            container = {"name": "sidecar", "image": "sidecar"}
            patch = [{"op": "add", "path": "/spec/containers/-", "value": container}]
            response["patchType"] = "JSONPatch"
            response["patch"] = base64.b64encode(json.dumps(patch).encode()).decode()
        return {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}

    return flask
