"""The admission function over HTTP."""

import logging

from flask import Blueprint
from prometheus_client import Counter

from mcsa_hooks import web
from mcsa_hooks.admission import review
from mcsa_hooks.jsontypes import Object, mapping

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
    body = web.json_body()
    answer = review.answer(body)
    response = answer["response"]
    if not response["allowed"]:
        outcome, said = "denied", response["status"]["message"]
        log.warning("denied a pod: %s", said, extra={"fields": _which(mapping(body)["request"])})
    else:
        outcome = "mounted" if "patch" in response else "unchanged"
    REVIEWS.labels(outcome).inc()
    return answer


def _which(request: Object) -> Object:
    metadata = request["object"]["metadata"]
    # A pod that a controller makes has no name yet.
    name = metadata.get("name") or metadata.get("generateName")
    return {"outcome": "denied", "namespace": request["namespace"], "pod": name}
