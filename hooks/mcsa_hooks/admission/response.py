"""The AdmissionReview (v1) that answers the API server."""

import base64
import json

from mcsa_hooks.admission.review import TYPE, Verdict
from mcsa_hooks.jsontypes import Object


def render(verdict: Verdict) -> Object:
    """The AdmissionReview that carries `verdict`."""
    return {**TYPE, "response": {"uid": verdict.uid, **_allowed(verdict)}}


def _allowed(verdict: Verdict) -> Object:
    if verdict.outcome == "denied":
        return {"allowed": False, "status": _bad_request(verdict.message)}
    if verdict.outcome == "unchanged":
        return {"allowed": True}
    encoded = base64.b64encode(json.dumps(verdict.operations).encode()).decode()
    return {"allowed": True, "patchType": "JSONPatch", "patch": encoded}


def _bad_request(message: str) -> Object:
    return {"status": "Failure", "reason": "BadRequest", "code": 400, "message": message}
