"""The source's policy: which tokens other clusters never get, whatever their roles say."""

from kubemcsa.objects import ADMISSION, new
from kubemcsa.paths import Object
from multicluster_service_account.names import SYSTEM_NAMESPACE

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
        ],
    }
    binding = {"policyName": NAME, "validationActions": ["Deny"]}
    return [
        new(ADMISSION, "ValidatingAdmissionPolicy", NAME, spec=spec),
        new(ADMISSION, "ValidatingAdmissionPolicyBinding", NAME, spec=binding),
    ]
