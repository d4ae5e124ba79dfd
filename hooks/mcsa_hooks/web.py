"""What both applications have in common: /healthz, limits, and errors of one constant line."""

import logging

from flask import Blueprint, Flask, Response, abort, request
from prometheus_client import Counter
from werkzeug.exceptions import BadRequest, HTTPException

from mcsa_hooks.jsontypes import MalformedError

MAX_OBJECT = 3 * 1024 * 1024
"""Bytes of a request about one object: what API servers take themselves."""
MAX_OBSERVED = 10 * 1024 * 1024
"""Bytes of a request about an object and all that is observed of it."""

REFUSED = Counter("mcsa_refused_requests", "Requests refused, by HTTP status.", ["code"])

log = logging.getLogger(__name__)

bp = Blueprint("web", __name__)


def app(*blueprints: Blueprint) -> Flask:
    """A Flask application of `blueprints` that says nothing of what it was sent in its errors."""
    flask = Flask("mcsa_hooks", static_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = MAX_OBJECT
    flask.register_error_handler(HTTPException, error)
    flask.register_error_handler(MalformedError, lambda _: error(BadRequest()))
    for blueprint in (bp, *blueprints):
        flask.register_blueprint(blueprint)
    return flask


@bp.get("/healthz")
def healthz() -> Response:
    """The process serves."""
    return Response("ok\n", mimetype="text/plain")


def error(raised: HTTPException) -> Response:
    """`raised` as one constant line: Metacontroller copies it into its log and into Events."""
    REFUSED.labels(raised.code).inc()
    rule = request.url_rule.rule if request.url_rule else "a path or method that is not there"
    fields = {"rule": rule, "code": raised.code}
    log.warning("refused %s: %s %s", rule, raised.code, raised.name, extra={"fields": fields})
    response = Response(f"{raised.name}\n", raised.code, mimetype="text/plain")
    if raised.code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def json_body(max_bytes: int = MAX_OBJECT) -> object:
    """The JSON value of the request's body; 415 if it isn't declared as JSON, 400 if it isn't.

    413 if it is of more than `max_bytes`.
    """
    request.max_content_length = max_bytes
    if not request.is_json:
        abort(415)
    try:
        return request.get_json()
    except RecursionError:
        abort(400)
