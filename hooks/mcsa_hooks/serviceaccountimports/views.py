"""The hooks of ServiceAccountImports over HTTP."""

import logging
import time

from flask import Blueprint

from mcsa_hooks import web
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.remote import api_client
from mcsa_hooks.serviceaccountimports import metrics, response
from mcsa_hooks.serviceaccountimports.customize import customize
from mcsa_hooks.serviceaccountimports.outcome import Outcome
from mcsa_hooks.serviceaccountimports.request import parse_import, parse_sync
from mcsa_hooks.serviceaccountimports.sync import sync

log = logging.getLogger(__name__)

bp = Blueprint("serviceaccountimports", __name__, url_prefix="/serviceaccountimports")


@bp.post("/customize")
def post_customize() -> Object:
    """Answer which Secrets a sync needs."""
    return customize(parse_import(web.json_body()))


@bp.post("/sync")
def post_sync() -> Object:
    """Answer what an import should have."""
    request = parse_sync(web.json_body(web.MAX_OBSERVED))
    now = time.time()
    outcome = sync(request, now, api_client.caller(request.sai.cluster))
    metrics.observe(outcome, now)
    if not outcome.is_ready:
        _log(outcome)
    return response.render(outcome, now)


def _log(outcome: Outcome) -> None:
    sai = outcome.request.sai
    name = f"{sai.namespace}/{sai.name}"
    fields = {"import": name, "source_cluster": sai.cluster, "reason": outcome.reason}
    log.warning("%s: %s: %s", name, outcome.reason, outcome.message, extra={"fields": fields})
