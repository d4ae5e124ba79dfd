"""What the CRD and the hooks agree on about spec.secrets: values, keys and names."""

from typing import Any

ARGO: dict[str, Any] = {
    "name": "argo",
    "labels": {"argocd.argoproj.io/secret-type": "cluster"},
    "data": {
        "name": "$(clusterName)",
        "server": "$(server)",
        "config": '{"bearerToken": "$(token)", "tlsClientConfig": {"caData": "$(caData)"}}',
    },
}
"""A Secret in Argo CD's form."""
VARIABLES = (
    "server",
    "token",
    "ca.crt",
    "caData",
    "namespace",
    "clusterName",
    "proxyUrl",
    "tlsServerName",
    "kubeconfig",
)
GOOD = (
    "",
    *(f"$({name})" for name in VARIABLES),
    *(f"$$$({name})$({name})$$" for name in VARIABLES),
    "$$(nothing)",
    "$$$$(nothing)",
    "$ $a a$ $) é$\n$",
    "$$$a",
    "$$" * 8192,
)
BAD = (
    *("$(", "$()", "$(c", "$(s", "$(n", "$(x", "$(token", "$(Token)", "$( token)", "$(token )"),
    *("$(nothing)", "$(tokens)", "$(toke)", "$(ca)", "$(ca.cr)", "$(caxcrt)", "$(clusterNam)"),
    *(
        "$$$(nothing)",
        "$$$$$(nothing)",
        "a\n$(nothing)",
        "$(token)$(nothing)",
        "$$($(",
        "$(token)$(",
    ),
    *("$($(token))", "$(to$(server)ken)", "$(to$(namespace)ken)", "$(tok$$en)", "$($$)"),
    "x" * 16385,
)
KEYS = ("a", ".a", "a..", "A-._9", "a" * 253)
BAD_KEYS = ("", ".", "..", "..a", "a b", "a/b", "é", "a" * 254, "a\n")
BAD_NAMES = ("", "A", "a_b", "-a", "a" * 254, "x-token-abcd2", "token-token-22222")
RESERVED = (
    "controller-uid",
    "multicluster.admiralty.io/service-account-import.name",
    "remote.multicluster.admiralty.io/x",
    "metacontroller.k8s.io/last-applied-configuration",
)
FREE = (
    "a",
    "controller-uid2",
    "example.com/controller-uid",
    "metacontroller-k8s.io/a",
    "not-multicluster.admiralty.io/a",
)
"""Keys that resemble those, and are allowed."""
