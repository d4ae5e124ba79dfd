"""What the admission application is measured against: Flask, and nothing else."""

from typing import Any

from flask import Flask, request


def app() -> Flask:
    """It answers each review with that review."""
    flask = Flask("echo", static_folder=None)

    @flask.get("/healthz")
    def healthz() -> str:
        return "ok\n"

    @flask.post("/mutate")
    def echo() -> Any:
        return request.get_json()

    return flask
