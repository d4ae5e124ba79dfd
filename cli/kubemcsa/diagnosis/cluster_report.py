"""A cluster and its imports as JSON values, in the form that docs/status.md describes."""

from typing import Any

from kubemcsa.diagnosis.cluster_health import ClusterHealth
from kubemcsa.diagnosis.credential_age import NEVER
from kubemcsa.diagnosis.import_health import ImportHealth


def cluster_report(cluster: ClusterHealth) -> dict[str, Any]:
    """What `kubemcsa clusters` and `kubemcsa status` tell scripts of a cluster."""
    seconds = cluster.outage_seconds
    return {
        "name": cluster.name,
        "server": cluster.accesses[0].endpoint.server if cluster.accesses else None,
        "renewedBy": _renewed_by(cluster),
        "expires": cluster.expires,
        "outageSeconds": None if seconds == NEVER else int(seconds),
        "imports": {"ready": cluster.ready, "total": len(cluster.imports)},
        "otherSecrets": cluster.other_secrets,
        "renewal": cluster.renewal_reason,
        "mayImport": _may_import(cluster),
        "checked": cluster.checked,
        "problems": cluster.problems,
    }


def import_report(sai: ImportHealth) -> dict[str, Any]:
    """What `kubemcsa status` tells scripts of an import that is not Ready."""
    return {
        "namespace": sai.namespace,
        "name": sai.name,
        "clusterName": sai.cluster,
        "reason": sai.reason,
        "message": sai.message,
    }


def _renewed_by(cluster: ClusterHealth) -> str | None:
    """What renews the credential; None if there is none that can be used."""
    if not cluster.accesses:
        return None
    return "import" if cluster.renewed else "hand" if cluster.is_by_hand else "nothing"


def _may_import(cluster: ClusterHealth) -> list[str] | None:
    """The patterns of names.SCOPE that bootstrap wrote; None if it did not."""
    scope = next((sai.scope for sai in cluster.imports if sai.renews), None)
    return None if scope is None else [pattern for pattern in scope.split(",") if pattern]
