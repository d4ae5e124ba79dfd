"""Pods that ask for imports, and the reviews in which an API server would send them."""

import base64
import json
from typing import Any

Object = dict[str, Any]
ANNOTATION = "multicluster.admiralty.io/service-account-import.name"
KUBECONFIG = "multicluster.admiralty.io/service-account-import.kubeconfig"
MOUNT_ROOT = "/var/run/secrets/admiralty.io/serviceaccountimports"
UID = "705ab4f5-6393-11e8-b7cc-42010a800002"


def pod(names: str | None, **metadata: Any) -> Object:
    """One container; no annotation if `names` is None."""
    annotations = {} if names is None else {"annotations": {ANNOTATION: names}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "client", **annotations, **metadata},
        "spec": {"containers": [{"name": "client", "image": "client"}]},
    }


def review(pod: object, **request: Any) -> Object:
    """The AdmissionReview of a pod's creation in the namespace `default`."""
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": UID,
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "requestKind": {"group": "", "version": "v1", "kind": "Pod"},
            "requestResource": {"group": "", "version": "v1", "resource": "pods"},
            "namespace": "default",
            "operation": "CREATE",
            "userInfo": {"username": "admin", "groups": ["system:masters"]},
            "object": pod,
            "oldObject": None,
            "dryRun": False,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
            **request,
        },
    }


def patch_of(answer: Object) -> Any:
    """The JSON patch in the answer to a review."""
    return json.loads(base64.b64decode(answer["response"]["patch"], validate=True))


def mount_paths(pod: Object) -> list[list[str]]:
    """The paths of imports in each init container and container."""
    spec = pod["spec"]
    return [
        [
            mount["mountPath"]
            for mount in container.get("volumeMounts", [])
            if mount["mountPath"].startswith(MOUNT_ROOT)
        ]
        for container in [*spec.get("initContainers", []), *spec["containers"]]
    ]
