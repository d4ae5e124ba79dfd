"""The admission function over HTTP."""

import logging

from flask import Blueprint

from mcsa_hooks import web
from mcsa_hooks.admission import review
from mcsa_hooks.shape import Object

log = logging.getLogger(__name__)

bp = Blueprint("admission", __name__)


@bp.post("/mutate")
def post_mutate() -> Object:
    """Answer how a pod is to be changed, or why it is denied."""
    answer = review.answer(web.json_body())
    if not answer["response"]["allowed"]:
        log.warning("denied a pod: %s", answer["response"]["status"]["message"])
    return answer
