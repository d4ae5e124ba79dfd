"""Which clusters are registered in the target, or named by its imports, and how each is."""

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.import_list import list_imports
from kubemcsa.api.object_paths import Object
from kubemcsa.diagnosis.cluster_health import ClusterHealth, judge_cluster
from kubemcsa.diagnosis.import_health import judge_import
from kubemcsa.output.command_lines import BOOTSTRAP
from mcsa_core.credential_order import secret_names
from mcsa_core.names import SYSTEM_NAMESPACE, is_import_name, is_import_secret_name

_SECRET = {"apiVersion": "v1", "kind": "Secret"}


def registered_clusters(
    target: Cluster, now: float, namespace: str | None = None, command: str = BOOTSTRAP
) -> list[ClusterHealth]:
    """The clusters with their imports, by name; with `namespace` those that its imports name.

    It takes the rights to list Secrets of the system namespace, and imports of all namespaces or of
    these two. `command` is the beginning of a command that introduces a cluster to the target.
    """
    bodies = list_imports(target, namespace)
    if namespace not in (None, SYSTEM_NAMESPACE):
        # Among them are those that renew credentials.
        bodies += list_imports(target, SYSTEM_NAMESPACE)
    imports = [judge_import(body, now) for body in bodies]
    secrets = {
        secret["metadata"]["name"]: secret
        for secret in target.list_objects(_SECRET, SYSTEM_NAMESPACE)
    }
    names = {sai.cluster for sai in imports if namespace in (None, sai.namespace)}
    if namespace is None:
        names |= {name for name, secret in secrets.items() if _registers(secret)}
    clusters = []
    for name in sorted(names):
        own_imports = [sai for sai in imports if sai.cluster == name]
        own_secrets = [secrets[key] for key in secret_names(name) if key in secrets]
        clusters.append(judge_cluster(name, own_imports, own_secrets, now, command))
    return clusters


def _registers(secret: Object) -> bool:
    """Whether a Secret of the system namespace registers a cluster, as bootstrap makes it or not.

    deploy/policy-credentials.yaml knows it by the same keys.
    """
    name, keys = secret["metadata"]["name"], (secret.get("data") or {}).keys()
    is_credential = secret.get("type") == "Opaque" and bool(keys & {"config", "server"})
    return is_credential and is_import_name(name) and not is_import_secret_name(name)
