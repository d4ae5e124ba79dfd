"""The rights and grants that targets have in a source, read by its administrator."""

from typing import Any

from mcsa_core.names import SYSTEM_NAMESPACE, grant_name
from support.cluster.api_client import ApiClient

_BIND = "grants"


def rights(source: ApiClient, target_name: str) -> dict[tuple[str, str], Any]:
    """Kind and namespace of each role and binding, and the names that Roles are for."""
    rights = {}
    for kind, name in (
        ("ClusterRoleBinding", target_name),
        ("RoleBinding", f"{SYSTEM_NAMESPACE}:{target_name}"),
        ("Role", f"{SYSTEM_NAMESPACE}:{target_name}"),
    ):
        query = f"{kind.lower()}s?fieldSelector=metadata.name%3D{name}"
        for body in source("GET", f"/apis/rbac.authorization.k8s.io/v1/{query}")["items"]:
            namespace = body["metadata"].get("namespace", "")
            rights[kind, namespace] = _names(body) if kind == "Role" else None
            assert kind != "Role" or _binds(body)
    return rights


def _names(role: Any) -> set[str] | None:
    """The names of the accounts that a Role is for, None if it is for all of its namespace."""
    reading, requesting, *_ = role["rules"]
    assert (reading["resources"], reading["verbs"]) == (["serviceaccounts"], ["get"])
    assert (requesting["resources"], requesting["verbs"]) == (
        ["serviceaccounts/token"],
        ["create"],
    )
    assert reading.get("resourceNames") == requesting.get("resourceNames")
    names = requesting.get("resourceNames")
    return None if names is None else set(names)


def _binds(role: Any) -> bool:
    """Whether it has the right that selects the policy on grants."""
    return any(rule["resources"] == [_BIND] for rule in role["rules"][2:])


def grants(source: ApiClient, target_name: str) -> dict[str, str]:
    """The uid of each grant by namespace."""
    query = f"fieldSelector=metadata.name%3D{grant_name(target_name)}"
    found = source("GET", f"/api/v1/secrets?{query}")["items"]
    return {body["metadata"]["namespace"]: body["metadata"]["uid"] for body in found}
