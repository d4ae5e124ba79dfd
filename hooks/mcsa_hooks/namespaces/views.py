"""The hooks of namespaces over HTTP."""

import logging

from flask import Blueprint

from mcsa_hooks import web
from mcsa_hooks.jsontypes import Object, mapping
from mcsa_hooks.namespaces import sync

log = logging.getLogger(__name__)

bp = Blueprint("namespaces", __name__, url_prefix="/namespaces")


@bp.post("/customize")
def post_customize() -> Object:
    """Answer which objects a sync needs."""
    return sync.customize(web.json_body())


@bp.post("/sync")
def post_sync() -> Object:
    """Answer which imports a namespace should have."""
    body = web.json_body(web.MAX_OBSERVED)
    answer = sync.sync(body)
    if error := answer["annotations"][sync.ERROR]:
        name = mapping(body)["object"]["metadata"]["name"]
        log.warning("namespace %s: %s", name, error, extra={"fields": {"namespace": name}})
    return answer
