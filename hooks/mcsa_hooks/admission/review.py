"""AdmissionReviews (v1): parsed, and judged to a verdict on their pod."""

from dataclasses import dataclass, field
from typing import Literal

from mcsa_core.names import is_label
from mcsa_hooks.admission.annotations import AnnotationError
from mcsa_hooks.admission.patch import patch
from mcsa_hooks.jsontypes import MalformedError, Object, mapping, string

TYPE = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}
_POD = {"group": "", "version": "v1", "kind": "Pod"}


@dataclass(frozen=True)
class Verdict:
    """What the API server is to do with the pod of a review."""

    uid: str
    """Of the review's request; the answer repeats it."""
    outcome: Literal["mounted", "unchanged", "denied"]
    operations: list[Object] = field(default_factory=list)
    """The JSON patch (RFC 6902), if the outcome is mounted."""
    message: str = ""
    """The sentence for the pod's author, if the outcome is denied."""
    namespace: str = ""
    """Of the pod, if the outcome is denied, and likewise its name."""
    pod_name: str | None = None


def judge(body: object) -> Verdict:
    """The verdict on the AdmissionReview `body`; MalformedError if `body` is none."""
    admission_review = mapping(body)
    request = mapping(admission_review.get("request"))
    uid = string(request.get("uid"))
    if not uid or any(admission_review.get(key) != value for key, value in TYPE.items()):
        raise MalformedError
    # The volumes of a pod that exists can't change any more.
    if request.get("kind") != _POD or request.get("operation") != "CREATE":
        return Verdict(uid, "unchanged")
    # The namespace of the request: that in the pod's metadata may be empty.
    namespace = string(request.get("namespace"))
    if not is_label(namespace):
        raise MalformedError
    pod = mapping(request.get("object"))
    try:
        operations = patch(pod, namespace)
    except AnnotationError as error:
        name = _name(mapping(pod.get("metadata")))
        return Verdict(uid, "denied", message=str(error), namespace=namespace, pod_name=name)
    return Verdict(uid, "mounted" if operations else "unchanged", operations)


def _name(metadata: Object) -> str | None:
    # A pod that a controller makes has no name yet.
    return metadata.get("name") or metadata.get("generateName")
