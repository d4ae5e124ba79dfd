"""The rights of a target's identity in the source: what they are, and which it should lose."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.introduction.objects import MANAGED_BY, RBAC, is_ours, new
from kubemcsa.introduction.scope import Scope
from mcsa_core.names import SYSTEM_NAMESPACE

CLUSTER_ROLE = "service-account-import-controller-remote"
_RBAC_V1 = f"{RBAC}/v1"


def role_name(target_name: str) -> str:
    """The name of a target's Roles and RoleBindings; a colon is in nobody else's by chance."""
    return f"{SYSTEM_NAMESPACE}:{target_name}"


def rights(target_name: str, scope: Scope) -> list[Object]:
    """The roles and bindings that a scope comes to; the identity's own account is in each."""
    if not scope.limited:
        return [
            cluster_role(),
            _binding("ClusterRoleBinding", target_name, target_name, "ClusterRole", CLUSTER_ROLE),
        ]
    name = role_name(target_name)
    found = []
    for namespace, names in ({SYSTEM_NAMESPACE: [target_name]} | scope.names()).items():
        found += [
            new(_RBAC_V1, "Role", name, namespace, rules=_rules(names)),
            _binding("RoleBinding", name, target_name, "Role", name, namespace),
        ]
    return found


def cluster_role() -> Object:
    """The role of all targets that may import everything."""
    return new(_RBAC_V1, "ClusterRole", CLUSTER_ROLE, rules=_rules(None))


def existing(source: Cluster, target_name: str) -> list[Object]:
    """The roles and bindings that the identity has through us, bindings first.

    The original's binding is one of them. The ClusterRole is not: it is every target's.
    """
    found = []
    wide = source.get(
        object_path(_kind("ClusterRoleBinding") | {"metadata": {"name": target_name}})
    )
    if wide and (is_ours(wide) or _is_originals(wide, target_name)):
        found.append(wide)
    for kind in (_kind("RoleBinding"), _kind("Role")):
        found += [
            one
            for one in source.listed(kind, labels=MANAGED_BY)
            if one["metadata"]["name"] == role_name(target_name)
        ]
    return found


def without(found: list[Object], wanted: list[Object]) -> list[Object]:
    """What of `found` is not among `wanted`."""
    paths = {object_path(one) for one in wanted}
    return [one for one in found if object_path(one) not in paths]


def all_bindings(source: Cluster) -> list[Object]:
    """All bindings of the cluster, whoever made them."""
    kinds = (_kind("ClusterRoleBinding"), _kind("RoleBinding"))
    return [one for kind in kinds for one in source.listed(kind)]


def _is_originals(binding: Object, target_name: str) -> bool:
    subjects = [(s.get("namespace"), s["name"]) for s in binding.get("subjects") or []]
    return (binding["roleRef"]["name"], subjects) == (
        CLUSTER_ROLE,
        [(SYSTEM_NAMESPACE, target_name)],
    )


def _kind(kind: str) -> Object:
    return {"apiVersion": _RBAC_V1, "kind": kind}


def _rules(names: list[str] | None) -> list[Object]:
    only = {} if names is None else {"resourceNames": names}
    return [
        {"apiGroups": [""], "resources": [resource], "verbs": [verb], **only}
        for resource, verb in (("serviceaccounts", "get"), ("serviceaccounts/token", "create"))
    ]


def _binding(  # noqa: PLR0913, PLR0917
    kind: str,
    name: str,
    target_name: str,
    role_kind: str,
    role: str,
    namespace: str | None = None,
) -> Object:
    subject = {"kind": "ServiceAccount", "namespace": SYSTEM_NAMESPACE, "name": target_name}
    return new(
        _RBAC_V1,
        kind,
        name,
        namespace,
        roleRef={"apiGroup": RBAC, "kind": role_kind, "name": role},
        subjects=[subject],
    )
