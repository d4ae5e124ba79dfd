"""What both applications share: /healthz, limits of bodies, and errors of one constant line."""

import logging

from flask import Blueprint, Flask, Response, abort, current_app, request
from prometheus_client import Counter
from werkzeug.exceptions import BadRequest, HTTPException

from mcsa_hooks.json_provider import OrjsonProvider
from mcsa_hooks.jsontypes import MalformedError

MAX_OBJECT = 3 * 1024 * 1024
"""Bytes of a request about one object: the limit of API servers."""
MAX_OBSERVED = 10 * 1024 * 1024
"""Bytes of a sync request: an object with its children and related objects."""
_CHUNK = 64 * 1024

REFUSED = Counter("mcsa_refused_requests", "Requests refused, by HTTP status.", ["code"])

log = logging.getLogger(__name__)

bp = Blueprint("web", __name__)


def app(*blueprints: Blueprint) -> Flask:
    """A Flask application of `blueprints` whose errors quote nothing of the request."""
    flask = Flask("mcsa_hooks", static_folder=None)
    flask.json = OrjsonProvider(flask)
    flask.register_error_handler(HTTPException, error)
    flask.register_error_handler(MalformedError, lambda _: error(BadRequest()))
    for blueprint in (bp, *blueprints):
        flask.register_blueprint(blueprint)
    return flask


@bp.get("/healthz")
def healthz() -> Response:
    """200: the process answers requests."""
    return Response("ok\n", mimetype="text/plain")


def error(http_error: HTTPException) -> Response:
    """An answer of one constant line: Metacontroller copies it into its log and into Events."""
    REFUSED.labels(http_error.code).inc()
    rule = request.url_rule.rule if request.url_rule else "a path or method that is not there"
    fields = {"rule": rule, "code": http_error.code}
    name = http_error.name
    log.warning("refused %s: %s %s", rule, http_error.code, name, extra={"fields": fields})
    response = Response(f"{name}\n", http_error.code, mimetype="text/plain")
    if http_error.code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def json_body(max_bytes: int = MAX_OBJECT) -> object:
    """The JSON value of the request's body.

    Answers 415 if its content type isn't JSON's, 400 if it isn't JSON, 413 above `max_bytes`.
    """
    if not request.is_json:
        abort(415)
    if (request.content_length or 0) > max_bytes:
        abort(413)
    try:
        return current_app.json.loads(_body(max_bytes))
    except (OSError, ValueError):
        # The client sends no JSON, or not all of it, or too slowly.
        abort(400)


def _body(max_bytes: int) -> bytes:
    """The request's body, in one read if its length is known; 413 above `max_bytes`."""
    # Not werkzeug's stream: it copies the body seven times.
    stream, chunks, received_bytes = request.environ["wsgi.input"], [], 0
    while chunk := stream.read(request.content_length or _CHUNK):
        received_bytes += len(chunk)
        if received_bytes > max_bytes:
            abort(413)
        chunks.append(chunk)
    return b"".join(chunks)
