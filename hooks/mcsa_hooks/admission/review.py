"""AdmissionReviews (v1): what the API server asks, and what it is answered."""

import base64
import json

from mcsa_core.names import is_label
from mcsa_hooks.admission.annotations import AnnotationError
from mcsa_hooks.admission.patch import patch
from mcsa_hooks.jsontypes import MalformedError, Object, mapping

_TYPE = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}
_POD = {"group": "", "version": "v1", "kind": "Pod"}


def answer(body: object) -> Object:
    """The review that answers the review `body`; MalformedError if that is none."""
    review = mapping(body)
    request = mapping(review.get("request"))
    uid = request.get("uid")
    if any(review.get(key) != value for key, value in _TYPE.items()):
        raise MalformedError
    if not isinstance(uid, str) or not uid:
        raise MalformedError
    return {**_TYPE, "response": {"uid": uid, **_verdict(request)}}


def _verdict(request: Object) -> Object:
    # The volumes of a pod that exists can't change any more.
    if request.get("kind") != _POD or request.get("operation") != "CREATE":
        return {"allowed": True}
    # A pod's own namespace may be empty in a review.
    namespace = request.get("namespace")
    if not isinstance(namespace, str) or not is_label(namespace):
        raise MalformedError
    try:
        operations = patch(mapping(request.get("object")), namespace)
    except AnnotationError as error:
        return {"allowed": False, "status": _bad_request(str(error))}
    if not operations:
        return {"allowed": True}
    encoded = base64.b64encode(json.dumps(operations).encode()).decode()
    return {"allowed": True, "patchType": "JSONPatch", "patch": encoded}


def _bad_request(message: str) -> Object:
    return {"status": "Failure", "reason": "BadRequest", "code": 400, "message": message}
