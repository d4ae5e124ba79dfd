"""The objects that the original, 0.4 to 0.6, leaves in its two clusters, by their names."""

from typing import Any

from support.cluster import ControlPlane

SYSTEM = "multicluster-service-account"
CONTROLLER = "service-account-import-controller"
WEBHOOK = "service-account-import-admission-controller"
REMOTE = "service-account-import-controller-remote"
RBAC = "rbac.authorization.k8s.io"
CRD = "serviceaccountimports.multicluster.admiralty.io"
GROUP = "multicluster.admiralty.io"


def in_target(source: ControlPlane) -> list[Any]:
    """Both controllers, the webhook, and imports with Secrets whose tokens never expire."""
    return [
        _object("v1", "Namespace", SYSTEM, labels={SYSTEM: "enabled"}),
        _object("v1", "Namespace", f"{SYSTEM}-webhook"),
        *_controller(CONTROLLER, SYSTEM),
        *_controller(WEBHOOK, f"{SYSTEM}-webhook"),
        _object(
            "admissionregistration.k8s.io/v1",
            "MutatingWebhookConfiguration",
            WEBHOOK,
            webhooks=[_webhook()],
        ),
        _import("cluster2", SYSTEM, {"namespace": SYSTEM, "name": "cluster1"}),
        _import(
            "cluster2-default-pod-lister", "default", {"namespace": "default", "name": "pod-lister"}
        ),
        _copy("cluster2", SYSTEM, source),
        _copy("cluster2-default-pod-lister", "default", source),
    ]


def in_source() -> list[Any]:
    """The identity that may read all Secrets, and tokens that never expire."""
    subject = {"kind": "ServiceAccount", "namespace": SYSTEM, "name": "cluster1"}
    rule = {
        "apiGroups": [""],
        "resources": ["secrets", "serviceaccounts"],
        "verbs": ["get", "list", "watch"],
    }
    return [
        _object("v1", "Namespace", SYSTEM),
        _object("v1", "ServiceAccount", "cluster1", SYSTEM),
        _object("v1", "ServiceAccount", "pod-lister", "default"),
        _object(f"{RBAC}/v1", "ClusterRole", REMOTE, rules=[rule]),
        _object(
            f"{RBAC}/v1",
            "ClusterRoleBinding",
            "cluster1",
            roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": REMOTE},
            subjects=[subject],
        ),
        _everlasting("cluster1", SYSTEM),
        _everlasting("pod-lister", "default"),
    ]


def definition() -> Any:
    """Its CRD, as an API server of today would show it."""
    strings = {key: {"type": "string"} for key in ("clusterName", "namespace", "name")}
    schema = {
        "type": "object",
        "properties": {
            "spec": {"type": "object", "required": sorted(strings), "properties": strings},
            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    }
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    names = {
        "kind": "ServiceAccountImport",
        "plural": "serviceaccountimports",
        "shortNames": ["sai"],
    }
    return _object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        CRD,
        spec={"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    )


def _controller(name: str, namespace: str) -> list[Any]:
    labels = {"app": name}
    pod = {"serviceAccountName": name, "containers": [{"name": "it", "image": name}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return [
        _object("v1", "ServiceAccount", name, namespace),
        _object(
            f"{RBAC}/v1",
            "ClusterRole",
            name,
            rules=[{"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}],
        ),
        _object(
            f"{RBAC}/v1",
            "ClusterRoleBinding",
            name,
            roleRef={"apiGroup": RBAC, "kind": "ClusterRole", "name": name},
            subjects=[{"kind": "ServiceAccount", "namespace": namespace, "name": name}],
        ),
        _object(
            "apps/v1",
            "Deployment",
            name,
            namespace,
            spec={"selector": {"matchLabels": labels}, "template": template},
        ),
    ]


def _webhook() -> Any:
    service = {"name": WEBHOOK, "namespace": f"{SYSTEM}-webhook", "path": "/mutate-pods"}
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["pods"],
    }
    return {
        "name": f"{WEBHOOK}.{GROUP}",
        "clientConfig": {"service": service},
        "failurePolicy": "Fail",
        "namespaceSelector": {"matchLabels": {SYSTEM: "enabled"}},
        "rules": [rule],
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
    }


def _import(name: str, namespace: str, account: dict[str, str]) -> Any:
    spec = {"clusterName": "cluster2", **account}
    version = f"{GROUP}/v1alpha1"
    return _object(version, "ServiceAccountImport", name, namespace, spec=spec)


def _copy(name: str, namespace: str, source: ControlPlane) -> Any:
    labels = {f"{GROUP}/service-account-import.name": name, f"{GROUP}/remote-secret.uid": ""}
    data = {"server": source.server, "ca.crt": source.ca, "namespace": namespace, "token": "old"}
    secret = f"{name}-token-x7k2p"
    return _object("v1", "Secret", secret, namespace, labels=labels, type="Opaque", stringData=data)


def _everlasting(account: str, namespace: str) -> Any:
    return _object(
        "v1",
        "Secret",
        f"{account}-token-9qz4d",
        namespace,
        annotations={"kubernetes.io/service-account.name": account},
        type="kubernetes.io/service-account-token",
    )


def _object(
    version: str,
    kind: str,
    name: str,
    namespace: str | None = None,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    **rest: Any,
) -> Any:
    metadata = {
        "name": name,
        "namespace": namespace,
        "labels": labels,
        "annotations": annotations,
    }
    kept = {key: value for key, value in metadata.items() if value}
    return {"apiVersion": version, "kind": kind, "metadata": kept, **rest}
