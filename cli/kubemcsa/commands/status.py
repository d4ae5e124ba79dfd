"""`kubemcsa status`: which clusters are registered, and what is the matter."""

import sys
import time
from typing import Any

import click

from kubemcsa.api.cluster import Cluster
from kubemcsa.api.connect import connect
from kubemcsa.api.import_list import list_imports
from kubemcsa.api.object_paths import object_path
from kubemcsa.diagnosis import credential_age, probe
from kubemcsa.diagnosis.cluster_health import ClusterHealth, judge_cluster
from kubemcsa.diagnosis.import_health import ImportHealth, judge_import
from kubemcsa.introduction import objects
from kubemcsa.introduction.commands import command_line
from kubemcsa.options import request_timeout
from kubemcsa.output import manifests
from kubemcsa.output.table import table
from kubemcsa.output.terminal import show
from mcsa_core.credential_order import secret_names


@click.command()
@click.option("--context", help="Context of the cluster that holds the imports.")
@click.option("--kubeconfig", metavar="FILE", help="Kubeconfig of that cluster.")
@click.option(
    "--check",
    is_flag=True,
    help="Call the sources too, from here: whether they would give the tokens; request none.",
)
@click.option(
    "-o", "--output", type=click.Choice(["yaml", "json"]), help="For scripts: see docs/status.md."
)
@request_timeout.option
def status(context: str | None, kubeconfig: str | None, check: bool, output: str | None) -> None:
    """Show the registered clusters, and the imports that are not Ready.

    Exits 1 if something is wrong. Takes the rights to list imports, and to get Secrets of the
    namespace multicluster-service-account; it shows no token.

    \b
    Examples:
      kubemcsa status --context cluster1
      kubemcsa status --check -o json
    """  # noqa: D301
    target = connect(kubeconfig, context)
    now = time.time()
    imports = [judge_import(body, now) for body in list_imports(target)]
    flags = [("target_kubeconfig", kubeconfig), ("target_context", target.context)]
    clusters = _clusters(target, imports, now, command_line("kubemcsa bootstrap", flags))
    for cluster in clusters if check else ():
        _check(cluster)
    not_ready = [sai for sai in imports if not sai.ready]
    healthy = not (not_ready or any(cluster.problems for cluster in clusters))
    if output:
        click.echo(manifests.dump(_report(target, clusters, not_ready, healthy=healthy), output))
    else:
        _print(clusters, not_ready)
    sys.exit(not healthy)


def _clusters(
    target: Cluster, imports: list[ImportHealth], now: float, command: str
) -> list[ClusterHealth]:
    clusters = []
    for name in sorted({sai.cluster for sai in imports}):
        paths = map(object_path, map(objects.secret, secret_names(name)))
        secrets = [secret for path in paths if (secret := target.get(path))]
        own_imports = [sai for sai in imports if sai.cluster == name]
        clusters.append(judge_cluster(name, own_imports, secrets, now, command))
    return clusters


def _check(cluster: ClusterHealth) -> None:
    """Add what the source says of the credential to the problems."""
    accounts = sorted({sai.account for sai in cluster.imports})
    problems = probe.problems(cluster.name, cluster.accesses, accounts, cluster.command)
    cluster.checked = not problems
    cluster.problems += problems


def _report(
    target: Cluster, clusters: list[ClusterHealth], not_ready: list[ImportHealth], *, healthy: bool
) -> dict[str, Any]:
    """The object that docs/status.md describes."""
    return {
        "context": target.context,
        "healthy": healthy,
        "clusters": [
            {
                "name": cluster.name,
                "expires": cluster.expires,
                "outageSeconds": _whole_seconds(cluster),
                "imports": {"ready": cluster.ready, "total": len(cluster.imports)},
                "otherSecrets": cluster.other_secrets,
                "seen": cluster.renewal_reason,
                "checked": cluster.checked,
                "problems": cluster.problems,
            }
            for cluster in clusters
        ],
        "notReady": [
            {
                "namespace": sai.namespace,
                "name": sai.name,
                "clusterName": sai.cluster,
                "reason": sai.reason,
                "message": sai.message,
            }
            for sai in not_ready
        ],
    }


def _whole_seconds(cluster: ClusterHealth) -> int | None:
    seconds = cluster.outage_seconds
    return None if seconds == credential_age.NEVER else int(seconds)


def _print(clusters: list[ClusterHealth], not_ready: list[ImportHealth]) -> None:
    if not clusters:
        show("No imports found, and so no clusters.", err=True)
        return
    answers = {None: "-", True: "yes", False: "no"}
    rows = [
        (
            "CLUSTER",
            "CREDENTIAL EXPIRES",
            "SURVIVES OUTAGE",
            "IMPORTS READY",
            "OTHER SECRETS",
            "HOOKS SAW",
            "CHECKED",
        )
    ]
    for cluster in clusters:
        ready = f"{cluster.ready}/{len(cluster.imports)}"
        reason, checked = cluster.renewal_reason or "-", answers[cluster.checked]
        outage = credential_age.shown(cluster.outage_seconds) if cluster.outage_seconds else "-"
        others = str(cluster.other_secrets)
        rows.append((cluster.name, cluster.expires or "-", outage, ready, others, reason, checked))
    show(*table(rows))
    for cluster in clusters:
        for problem in cluster.problems:
            show(f"cluster {cluster.name}: {problem}", err=True)
    for sai in not_ready:
        show(f"{sai.namespace}/{sai.name}: {sai.reason}: {sai.message}", err=True)
