"""Clusters as tables for people, of the values that scripts get."""

from collections.abc import Iterable

from kubemcsa.diagnosis import credential_age
from kubemcsa.diagnosis.cluster_health import ClusterHealth
from kubemcsa.diagnosis.cluster_report import cluster_report

Rows = list[tuple[str, ...]]
_SHOWN = 10


def of_names(clusters: Iterable[ClusterHealth]) -> Rows:
    """Where each cluster is, who renews its credential, and what may be imported."""
    rows: Rows = [("CLUSTER", "SERVER", "RENEWED BY", "EXPIRES", "IMPORTS READY", "MAY IMPORT")]
    for cluster in clusters:
        report = cluster_report(cluster)
        server, renewed_by = report["server"] or "-", report["renewedBy"] or "-"
        scope = _scope(report["mayImport"])
        rows.append((cluster.name, server, renewed_by, _expiry(cluster), _ready(cluster), scope))
    return rows


def of_health(clusters: Iterable[ClusterHealth]) -> Rows:
    """How each cluster is."""
    rows: Rows = [
        (
            "CLUSTER",
            "CREDENTIAL EXPIRES",
            "SURVIVES OUTAGE",
            "IMPORTS READY",
            "OTHER SECRETS",
            "RENEWAL",
            "CHECKED",
        )
    ]
    for cluster in clusters:
        seconds, reason = cluster.outage_seconds, cluster.renewal_reason or "-"
        outage = credential_age.shown(seconds) if seconds else "-"
        checked = {None: "-", True: "yes", False: "failed"}[cluster.checked]
        counts = (_ready(cluster), str(cluster.other_secrets))
        rows.append((cluster.name, _expiry(cluster), outage, *counts, reason, checked))
    return rows


def _expiry(cluster: ClusterHealth) -> str:
    return cluster.expires or ("never" if cluster.accesses else "-")


def _ready(cluster: ClusterHealth) -> str:
    return f"{cluster.ready}/{len(cluster.imports)}"


def _scope(patterns: list[str] | None) -> str:
    if patterns is None:
        return "unknown"
    if patterns == ["*"]:
        return "all"
    more = ["..."] if len(patterns) > _SHOWN else []
    return ", ".join(patterns[:_SHOWN] + more) or "nothing"
