"""The admission webhook over HTTP."""

import logging

from flask import Blueprint
from prometheus_client import Counter

from mcsa_hooks import web
from mcsa_hooks.admission import response, review
from mcsa_hooks.jsontypes import Object

REVIEWS = Counter(
    "mcsa_reviews",
    "Admission reviews of pods; the outcome is mounted, unchanged or denied.",
    ["outcome"],
)

log = logging.getLogger(__name__)

bp = Blueprint("admission", __name__)


@bp.post("/mutate")
def post_mutate() -> Object:
    """Answer how a pod is to be changed, or why it is denied."""
    verdict = review.judge(web.json_body())
    REVIEWS.labels(verdict.outcome).inc()
    if verdict.outcome == "denied":
        fields = {
            "outcome": verdict.outcome,
            "namespace": verdict.namespace,
            "pod": verdict.pod_name,
        }
        log.warning("denied a pod: %s", verdict.message, extra={"fields": fields})
    return response.render(verdict)
