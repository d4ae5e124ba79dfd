"""The objects that introduce a source cluster to a target cluster."""

from typing import Any

from multicluster_service_account import secret
from multicluster_service_account.access import Access
from multicluster_service_account.names import API_VERSION, KIND, SYSTEM_NAMESPACE

Object = dict[str, Any]
MANAGED_BY = {"app.kubernetes.io/managed-by": "kubemcsa"}
CLUSTER_ROLE = "service-account-import-controller-remote"
POLICY = "multicluster-service-account-tokens"
_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io/v1"
_IDENTITIES = f"system:serviceaccounts:{SYSTEM_NAMESPACE}"


def source(target_name: str) -> list[Object]:
    """What the source needs, in order: whoever gets a right is under the policy by then."""
    return [
        _object("v1", "Namespace", SYSTEM_NAMESPACE),
        *_policy(),
        service_account(target_name),
        _object(
            f"{_RBAC}/v1",
            "ClusterRole",
            CLUSTER_ROLE,
            rules=[
                _rule("serviceaccounts", "get"),
                _rule("serviceaccounts/token", "create"),
            ],
        ),
        _object(
            f"{_RBAC}/v1",
            "ClusterRoleBinding",
            target_name,
            roleRef={"apiGroup": _RBAC, "kind": "ClusterRole", "name": CLUSTER_ROLE},
            subjects=[
                {"kind": "ServiceAccount", "namespace": SYSTEM_NAMESPACE, "name": target_name}
            ],
        ),
    ]


def service_account(target_name: str) -> Object:
    """The identity of the credential, in the source."""
    return _object("v1", "ServiceAccount", target_name, SYSTEM_NAMESPACE)


def target_namespace() -> Object:
    """The namespace of the credentials, in the target."""
    return _object("v1", "Namespace", SYSTEM_NAMESPACE)


def credential(source_name: str, access: Access) -> Object:
    """The Secret that registers the source, in the target."""
    data = secret.data(source_name, access)
    return _object("v1", "Secret", source_name, SYSTEM_NAMESPACE, type="Opaque", data=data)


def renewal(source_name: str, target_name: str, seconds: int) -> Object:
    """The import, in the target, whose Secret is the renewed credential."""
    spec = {
        "clusterName": source_name,
        "namespace": SYSTEM_NAMESPACE,
        "name": target_name,
        "expirationSeconds": seconds,
    }
    return _object(API_VERSION, KIND, source_name, SYSTEM_NAMESPACE, spec=spec)


def is_ours(found: Object) -> bool:
    """Whether kubemcsa made an object."""
    labels = found["metadata"].get("labels") or {}
    return MANAGED_BY.items() <= labels.items()


def _policy() -> list[Object]:
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["serviceaccounts/token"],
    }
    own = f"request.userInfo.username == 'system:serviceaccount:{SYSTEM_NAMESPACE}:' + request.name"
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "matchConditions": [
            {
                "name": "identities-of-other-clusters",
                "expression": f"'{_IDENTITIES}' in request.userInfo.groups",
            }
        ],
        "validations": [
            {
                "expression": "!request.namespace.startsWith('kube-')",
                "message": "other clusters never get a token of a kube-* namespace",
                "reason": "Forbidden",
            },
            {
                "expression": f"request.namespace != '{SYSTEM_NAMESPACE}' || {own}",
                "message": "other clusters never get a token of one another's identities",
                "reason": "Forbidden",
            },
        ],
    }
    binding = {"policyName": POLICY, "validationActions": ["Deny"]}
    return [
        _object(_ADMISSION, "ValidatingAdmissionPolicy", POLICY, spec=spec),
        _object(_ADMISSION, "ValidatingAdmissionPolicyBinding", POLICY, spec=binding),
    ]


def _rule(resource: str, verb: str) -> Object:
    return {"apiGroups": [""], "resources": [resource], "verbs": [verb]}


def _object(
    version: str, kind: str, name: str, namespace: str | None = None, **rest: Any
) -> Object:
    metadata: Object = {"name": name, "labels": MANAGED_BY}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}
