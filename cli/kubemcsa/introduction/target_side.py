"""The target's half of an introduction: the credential, and the import that renews it."""

import shlex

from kubemcsa.api import import_list, namespaces
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import cluster_names, objects
from kubemcsa.introduction.plan import Plan
from kubemcsa.output.progress import report
from mcsa_core import secret as secrets
from mcsa_core.endpoint import AccessError
from mcsa_core.names import API_VERSION, KIND, SYSTEM_NAMESPACE

_ATTEMPTS = 5
_DURATION = 720 * 3600


def check(target: Cluster, plan: Plan) -> None:
    """ClusterError unless the source can be registered in place of no other cluster."""
    namespaces.exists(target, SYSTEM_NAMESPACE)
    _registered(target, plan)
    _check_import(target, plan)


def duration(target: Cluster | None, source_name: str) -> int:
    """For how many seconds each credential is valid: what an earlier run gave, or 30 days."""
    path = object_path(objects.new(API_VERSION, KIND, source_name, SYSTEM_NAMESPACE))
    existing = target.get(path) if target else None
    return int(existing["spec"].get("expirationSeconds", _DURATION)) if existing else _DURATION


def imports(target: Cluster) -> list[Object] | None:
    """All imports of the target, None if they can't be read."""
    try:
        return target.list_objects(import_list.TYPE)
    except ClusterError:
        return None


def register(target: Cluster, plan: Plan, token: str) -> None:
    """The source is registered, unless a Secret that is not ours is in the way: ClusterError."""
    for body in plan.target_objects(token):
        if body["kind"] == "Secret":
            _put_credential(target, plan, body)
        elif body["kind"] == "Namespace":
            namespaces.apply(target, body)
        else:
            target.apply(body)
        report(target.context, f"{objects.title(body)} applied")


def _put_credential(target: Cluster, plan: Plan, credential: Object) -> None:
    for attempts_left in range(_ATTEMPTS - 1, -1, -1):
        existing = _registered(target, plan)
        try:
            # A Secret that appears or changes after it was read makes the write fail.
            if existing:
                # The whole: server-side apply leaves a key that was created and is not there now.
                target.replace(existing | {"data": credential["data"]})
            else:
                target.create(object_path(credential).rpartition("/")[0], credential)
        except ClusterError as error:
            if error.status not in (404, 409) or not attempts_left:
                raise
        else:
            return


def _registered(target: Cluster, plan: Plan) -> Object | None:
    """The Secret that registers the source, if any; ClusterError if it is of another cluster."""
    existing = target.get(object_path(objects.secret(plan.source_name)))
    if not existing:
        return None
    title = f"context {target.context}: Secret {SYSTEM_NAMESPACE}/{plan.source_name}"
    if not objects.is_ours(existing):
        raise ClusterError(
            f"{title} exists and was not made by kubemcsa: {_another_name(plan)}, or, if it is not"
            f" needed, run {_kubectl(plan)} delete secret {plan.source_name} first."
        )
    server, ca = _value(existing, "server"), _value(existing, "ca.crt")
    if server and (server, ca) != (plan.endpoint.server, plan.endpoint.ca):
        same_server = server == plan.endpoint.server
        by = "with another CA" if same_server else f"by that name, not {plan.endpoint.server}"
        same_cluster = f"add --source-server {server} to keep that address, "
        keep = same_cluster if ca == plan.endpoint.ca else ""
        raise ClusterError(
            f"{title} registers {server} {by}: {keep}{_another_name(plan)}, or{_replacement(plan)}"
        )
    return existing


def _check_import(target: Cluster, plan: Plan) -> None:
    """ClusterError if an import of that name renews the credential of another identity."""
    renewal = objects.renewal(plan.source_name, plan.target_name, plan.seconds, plan.scope)
    existing = target.get(object_path(renewal))
    if existing and _account(existing) != _account(renewal):
        raise ClusterError(
            f"context {target.context}: {KIND} {SYSTEM_NAMESPACE}/{plan.source_name} imports"
            f" {_account(existing)}, not {_account(renewal)}: {_another_name(plan)}, or"
            f"{_name_of_before(existing, plan)}{_replacement(plan)}"
        )


def _value(secret: Object, key: str) -> str | None:
    try:
        return secrets.value(secret, key)
    except AccessError:
        return f"a {key} that is not text"


def _account(service_account_import: Object) -> str:
    spec = service_account_import["spec"]
    return f"{spec['namespace']}/{spec['name']} of cluster {spec['clusterName']}"


def _another_name(plan: Plan) -> str:
    return f"add --source-name {cluster_names.legal(plan.source_name + '-2')}, for example"


def _name_of_before(sai: Object, plan: Plan) -> str:
    """The target's name by which an import is that of this source, if there is one."""
    spec = sai["spec"]
    is_of_source = (spec["clusterName"], spec["namespace"]) == (plan.source_name, SYSTEM_NAMESPACE)
    return f" --target-name {shlex.quote(spec['name'])}, as at first, or" if is_of_source else ""


def _replacement(plan: Plan) -> str:
    """The import goes first: Metacontroller would bring the renewed credential back."""
    return (
        f", if it is to be replaced, run {_kubectl(plan)} delete serviceaccountimport,secret"
        f" {plan.source_name} first."
    )


def _kubectl(plan: Plan) -> str:
    return f"{plan.commands.target_kubectl} -n {SYSTEM_NAMESPACE}"
