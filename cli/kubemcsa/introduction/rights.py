"""The roles and bindings of a target's identity in the source."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.introduction.objects import MANAGED_BY, is_ours, new
from kubemcsa.introduction.scope import EVERYTHING, Scope
from mcsa_core.names import GROUP, SYSTEM_NAMESPACE

CLUSTER_ROLE = "service-account-import-controller-remote"
_RBAC = "rbac.authorization.k8s.io"
_RBAC_V1 = f"{_RBAC}/v1"
_TOKEN = "serviceaccounts/token"  # noqa: S105


def role_name(target_name: str) -> str:
    """The name of a target's Roles and RoleBindings; a colon makes accidental clashes unlikely."""
    return f"{SYSTEM_NAMESPACE}:{target_name}"


def roles_and_bindings(target_name: str, scope: Scope) -> list[Object]:
    """What a scope comes to; the identity may have tokens of its own account in each."""
    if not scope.limited:
        return [
            cluster_role(),
            _binding("ClusterRoleBinding", target_name, target_name, "ClusterRole", CLUSTER_ROLE),
        ]
    name = role_name(target_name)
    bodies = []
    for namespace, accounts in ({SYSTEM_NAMESPACE: [target_name]} | scope.names()).items():
        rules = [*_rules(accounts), _bind(target_name)]
        bodies += [
            new(_RBAC_V1, "Role", name, namespace, rules=rules),
            _binding("RoleBinding", name, target_name, "Role", name, namespace),
        ]
    return bodies


def cluster_role() -> Object:
    """The role of all targets that may import everything."""
    return new(_RBAC_V1, "ClusterRole", CLUSTER_ROLE, rules=_rules(None))


def find(source: Cluster, target_name: str) -> list[Object]:
    """The roles and bindings that the identity has through kubemcsa, bindings first.

    The original's binding is one of them. The ClusterRole is not: all targets share it.
    """
    path = object_path(_kind("ClusterRoleBinding") | {"metadata": {"name": target_name}})
    wide = source.get(path)
    bodies = [wide] if wide and (is_ours(wide) or _is_originals(wide, target_name)) else []
    for kind in (_kind("RoleBinding"), _kind("Role")):
        bodies += [
            body
            for body in source.list_objects(kind, labels=MANAGED_BY)
            if body["metadata"]["name"] == role_name(target_name)
        ]
    return bodies


def scope(bodies: list[Object]) -> Scope:
    """The scope that the roles and bindings of a target, as `find` has them, come to.

    The Role of the system namespace is for the identity's own account, and not of the scope.
    """
    if any(body["kind"] == "ClusterRoleBinding" for body in bodies):
        return EVERYTHING
    accounts, namespaces = [], []
    for body in bodies:
        namespace = body["metadata"]["namespace"]
        if body["kind"] != "Role" or namespace == SYSTEM_NAMESPACE:
            continue
        for rule in body.get("rules") or []:
            if _TOKEN not in rule.get("resources", ()):
                continue
            if names := rule.get("resourceNames"):
                accounts += [(namespace, name) for name in names]
            else:
                namespaces.append(namespace)
    return Scope(tuple(accounts), tuple(namespaces))


def without(candidates: list[Object], excluded: list[Object]) -> list[Object]:
    """The candidates that have another path than all that are excluded."""
    paths = {object_path(body) for body in excluded}
    return [body for body in candidates if object_path(body) not in paths]


def all_bindings(source: Cluster) -> list[Object]:
    """All bindings of the cluster, those of other tools too."""
    kinds = (_kind("ClusterRoleBinding"), _kind("RoleBinding"))
    return [binding for kind in kinds for binding in source.list_objects(kind)]


def subjects(binding: Object) -> list[tuple[str | None, str]]:
    """Namespace, if it has one, and name of each subject."""
    return [(s.get("namespace"), s["name"]) for s in binding.get("subjects") or []]


def _is_originals(binding: Object, target_name: str) -> bool:
    role, bound = binding["roleRef"]["name"], subjects(binding)
    return (role, bound) == (CLUSTER_ROLE, [(SYSTEM_NAMESPACE, target_name)])


def _kind(kind: str) -> Object:
    return {"apiVersion": _RBAC_V1, "kind": kind}


def _rules(accounts: list[str] | None) -> list[Object]:
    limit = {} if accounts is None else {"resourceNames": accounts}
    return [
        {"apiGroups": [""], "resources": [resource], "verbs": [verb], **limit}
        for resource, verb in (("serviceaccounts", "get"), (_TOKEN, "create"))
    ]


def _bind(target_name: str) -> Object:
    """The virtual right by which grant_policy.yaml selects the identities that have a scope."""
    return {
        "apiGroups": [f"remote.{GROUP}"],
        "resources": ["grants"],
        "resourceNames": [target_name],
        "verbs": ["bind"],
    }


def _binding(  # noqa: PLR0913, PLR0917
    kind: str,
    name: str,
    target_name: str,
    role_kind: str,
    role: str,
    namespace: str | None = None,
) -> Object:
    subject = {"kind": "ServiceAccount", "namespace": SYSTEM_NAMESPACE, "name": target_name}
    role_ref = {"apiGroup": _RBAC, "kind": role_kind, "name": role}
    return new(_RBAC_V1, kind, name, namespace, roleRef=role_ref, subjects=[subject])
