"""The target's half of an introduction: the credential, and the import that renews it."""

from kubemcsa.api import import_list, namespaces
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.errors import ClusterError
from kubemcsa.introduction import objects
from kubemcsa.output.progress import say
from mcsa_core import secret
from mcsa_core.access import Access
from mcsa_core.endpoint import AccessError
from mcsa_core.names import KIND, SYSTEM_NAMESPACE


def check(target: Cluster, wanted: list[Object]) -> None:
    """ClusterError unless the objects can be put there, and take nothing over that is there."""
    import_list.check(target)
    namespaces.exists(target, SYSTEM_NAMESPACE)
    for planned in wanted:
        if planned["kind"] == "Secret":
            _existing(target, planned)
        elif planned["kind"] == KIND:
            _check_import(target, planned)


def wanted(source_name: str, target_name: str, access: Access, seconds: int) -> list[Object]:
    """All objects, in order."""
    return [
        objects.namespace(),
        objects.credential(source_name, access),
        objects.renewal(source_name, target_name, seconds),
    ]


def register(target: Cluster, wanted: list[Object]) -> None:
    """The source is registered, unless somebody else's Secret is in the way: ClusterError."""
    for one in wanted:
        if one["kind"] == "Secret":
            _put_credential(target, one)
        else:
            target.apply(one)
        say(target.context, f"{objects.title(one)} applied")


def _put_credential(target: Cluster, credential: Object) -> None:
    # Whatever appears or changes between the look and the write makes the write fail.
    if existing := _existing(target, credential):
        version = {"resourceVersion": existing["metadata"]["resourceVersion"]}
        target.apply(credential | {"metadata": credential["metadata"] | version})
    else:
        target.create(object_path(credential).rpartition("/")[0], credential)


def _existing(target: Cluster, credential: Object) -> Object | None:
    existing = target.get(object_path(credential))
    if not existing:
        return None
    named = f"context {target.context}: Secret {_key(credential)}"
    if not objects.is_ours(existing):
        raise ClusterError(
            f"{named} exists and was not made by kubemcsa: delete it, or choose another"
            " --source-name."
        )
    server, registered = _server(credential), _server(existing)
    same_ca = registered and existing["data"].get("ca.crt") == credential["data"]["ca.crt"]
    if registered and not (registered == server and same_ca):
        by = "with another CA" if registered == server else f"by that name, not {server}"
        raise ClusterError(
            f"{named} registers {registered} {by}: choose another"
            f" --source-name{_or_replace(target, credential)}"
        )
    return existing


def _check_import(target: Cluster, renewal: Object) -> None:
    """The import of that name renews the credential of the same identity, if there is one."""
    existing = target.get(object_path(renewal))
    if existing and _account(existing) != _account(renewal):
        raise ClusterError(
            f"context {target.context}: {KIND} {_key(renewal)} imports {_account(existing)}, not"
            f" {_account(renewal)}: choose another --source-name, the --target-name of before"
            f"{_or_replace(target, renewal)}"
        )


def _key(body: Object) -> str:
    return f"{body['metadata']['namespace']}/{body['metadata']['name']}"


def _server(credential: Object) -> str | None:
    try:
        return secret.value(credential, "server")
    except AccessError:
        return "what is no address"


def _account(renewal: Object) -> str:
    spec = renewal["spec"]
    return f"{spec['namespace']}/{spec['name']} of cluster {spec['clusterName']}"


def _or_replace(target: Cluster, body: Object) -> str:
    """The import goes first: Metacontroller would bring the renewed credential back."""
    return (
        f" or, if it is to be replaced, run kubectl --context {target.context} -n"
        f" {SYSTEM_NAMESPACE} delete serviceaccountimport,secret {body['metadata']['name']} first."
    )
