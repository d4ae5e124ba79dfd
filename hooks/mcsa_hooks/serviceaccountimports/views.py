"""The hooks of ServiceAccountImports over HTTP."""

import logging
import time

from flask import Blueprint

from mcsa_hooks import web
from mcsa_hooks.jsontypes import Object
from mcsa_hooks.remote import api_client
from mcsa_hooks.serviceaccountimports import metrics, request
from mcsa_hooks.serviceaccountimports.customize import customize
from mcsa_hooks.serviceaccountimports.expiry import source_label
from mcsa_hooks.serviceaccountimports.sync import sync

log = logging.getLogger(__name__)

bp = Blueprint("imports", __name__, url_prefix="/serviceaccountimports")


@bp.post("/customize")
def post_customize() -> Object:
    """Answer which Secrets a sync needs."""
    return customize(request.parse_import(web.json_body()))


@bp.post("/sync")
def post_sync() -> Object:
    """Answer what an import should have."""
    seen = request.parse(web.json_body(web.MAX_OBSERVED))
    imported = seen.imported
    now = time.time()
    answer = sync(seen, now, api_client.caller(imported.cluster))
    ready = answer["status"]["conditions"][0]
    metrics.SYNCS.labels(source_label(seen), ready["reason"]).inc()
    metrics.EXPIRY.saw(seen, answer, now)
    if ready["status"] != "True":
        where = f"{imported.namespace}/{imported.name}"
        fields = {"import": where, "source_cluster": imported.cluster, "reason": ready["reason"]}
        said = (where, ready["reason"], ready["message"])
        log.warning("%s: %s: %s", *said, extra={"fields": fields})
    return answer
