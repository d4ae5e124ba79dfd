"""The hooks of namespaces over HTTP."""

import logging

from flask import Blueprint

from mcsa_hooks import web
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.namespaces import request, response
from mcsa_hooks.namespaces.sync import sync

log = logging.getLogger(__name__)

bp = Blueprint("namespaces", __name__, url_prefix="/namespaces")


@bp.post("/customize")
def post_customize() -> Object:
    """Answer which objects a sync needs."""
    return response.customize(request.parse_customize(web.json_body()))


@bp.post("/sync")
def post_sync() -> Object:
    """Answer which imports a namespace should have."""
    outcome = sync(request.parse(web.json_body(web.MAX_OBSERVED)))
    if outcome.error:
        fields = {"namespace": outcome.namespace}
        log.warning("namespace %s: %s", outcome.namespace, outcome.error, extra={"fields": fields})
    return response.render(outcome)
