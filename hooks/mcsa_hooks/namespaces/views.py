"""The hooks of namespaces over HTTP."""

from flask import Blueprint

from mcsa_hooks import web
from mcsa_hooks.namespaces import decision
from mcsa_hooks.shape import Object

bp = Blueprint("namespaces", __name__, url_prefix="/namespaces")


@bp.post("/customize")
def post_customize() -> Object:
    """Answer which objects a sync needs."""
    return decision.customize(web.json_body())


@bp.post("/sync")
def post_sync() -> Object:
    """Answer which imports a namespace should have."""
    return decision.sync(web.json_body())
