"""The admission function over HTTP."""

import logging

from flask import Blueprint
from prometheus_client import Counter

from mcsa_hooks import web
from mcsa_hooks.admission import review
from mcsa_hooks.shape import Object

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
    answer = review.answer(web.json_body())
    response = answer["response"]
    if not response["allowed"]:
        outcome, said = "denied", response["status"]["message"]
        log.warning("denied a pod: %s", said, extra={"fields": {"outcome": outcome}})
    else:
        outcome = "mounted" if "patch" in response else "unchanged"
    REVIEWS.labels(outcome).inc()
    return answer
