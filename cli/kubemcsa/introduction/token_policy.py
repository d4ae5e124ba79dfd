"""The source's policy: which tokens other clusters never get, whatever their roles say."""

from kubemcsa.api.object_paths import Object
from kubemcsa.introduction.objects import ADMISSION, new
from mcsa_core.names import SYSTEM_NAMESPACE
from mcsa_core.token import MAX_EXPIRATION

NAME = "multicluster-service-account-tokens"
_IDENTITIES = f"system:serviceaccounts:{SYSTEM_NAMESPACE}"


def policy() -> list[Object]:
    """The policy and its binding."""
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
            {
                "expression": f"{_unset('expirationSeconds')}"
                f" || object.spec.expirationSeconds <= {MAX_EXPIRATION}",
                "message": "other clusters never get a token for more than a year",
                "reason": "Forbidden",
            },
            {
                "expression": _unset("boundObjectRef"),
                "message": "other clusters never get a token that is bound to an object",
                "reason": "Forbidden",
            },
        ],
    }
    binding = {"policyName": NAME, "validationActions": ["Deny"]}
    return [
        new(ADMISSION, "ValidatingAdmissionPolicy", NAME, spec=spec),
        new(ADMISSION, "ValidatingAdmissionPolicyBinding", NAME, spec=binding),
    ]


def _unset(name: str) -> str:
    """The CEL expression for a field of the spec that is not there, or null, as structs can be."""
    return f"(!has(object.spec.{name}) || object.spec.{name} == null)"
