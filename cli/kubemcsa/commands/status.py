"""`kubemcsa status`: which clusters are registered, and what is the matter."""

import sys
import time
from typing import Any

import click

from kubemcsa.api import import_list
from kubemcsa.api.cluster import Cluster
from kubemcsa.api.connect import connect
from kubemcsa.api.object_paths import Object, object_path
from kubemcsa.diagnosis import health, probe
from kubemcsa.diagnosis.health import Import, Registered
from kubemcsa.output import manifests
from kubemcsa.output.table import table
from kubemcsa.output.terminal import show
from mcsa_core.credential_order import secret_names
from mcsa_core.names import SYSTEM_NAMESPACE


@click.command()
@click.option("--context", help="Context of the cluster that holds the imports.")
@click.option("--kubeconfig", metavar="FILE", help="Kubeconfig of that cluster.")
@click.option(
    "--check",
    is_flag=True,
    help="Ask the sources too, from here, whether they would give the tokens; request none.",
)
@click.option("-o", "--output", type=click.Choice(["yaml", "json"]), help="See docs/status.md.")
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
    found = [health.imported(one, now) for one in import_list.listed(target)]
    clusters = _clusters(target, found, now)
    if check:
        for one in clusters:
            _check(one)
    waiting = [one for one in found if not one.ready]
    healthy = not waiting and not any(one.problems for one in clusters)
    if output:
        click.echo(manifests.dump(_report(target, clusters, waiting, healthy=healthy), output))
    else:
        _print(clusters, waiting)
    sys.exit(not healthy)


def _clusters(target: Cluster, known: list[Import], now: float) -> list[Registered]:
    clusters = []
    for name in sorted({one.cluster for one in known}):
        secrets = [
            secret
            for secret_name in secret_names(name)
            if (secret := target.get(object_path(_secret(secret_name))))
        ]
        imports = [one for one in known if one.cluster == name]
        clusters.append(health.registered(name, imports, secrets, now))
    return clusters


def _secret(name: str) -> Object:
    metadata = {"namespace": SYSTEM_NAMESPACE, "name": name}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}


def _check(cluster: Registered) -> None:
    accounts = sorted({one.account for one in cluster.imports})
    found = probe.problems(cluster.name, cluster.accesses, accounts)
    cluster.checked = not found
    cluster.problems += found


def _report(
    target: Cluster, clusters: list[Registered], waiting: list[Import], *, healthy: bool
) -> dict[str, Any]:
    """As docs/status.md has it."""
    return {
        "context": target.context,
        "healthy": healthy,
        "clusters": [
            {
                "name": one.name,
                "expires": one.expires,
                "imports": {"ready": one.ready, "total": len(one.imports)},
                "seen": one.seen,
                "checked": one.checked,
                "problems": one.problems,
            }
            for one in clusters
        ],
        "notReady": [
            {
                "namespace": one.namespace,
                "name": one.name,
                "clusterName": one.cluster,
                "reason": one.reason,
                "message": one.message,
            }
            for one in waiting
        ],
    }


def _print(clusters: list[Registered], waiting: list[Import]) -> None:
    if not clusters:
        show("No imports found, and so no clusters.", err=True)
        return
    answers = {None: "-", True: "yes", False: "no"}
    rows = [("CLUSTER", "CREDENTIAL EXPIRES", "IMPORTS READY", "HOOKS SAW", "CHECKED")]
    for one in clusters:
        ready = f"{one.ready}/{len(one.imports)}"
        seen, checked = one.seen or "-", answers[one.checked]
        rows.append((one.name, one.expires or "-", ready, seen, checked))
    show(*table(rows))
    for one in clusters:
        for problem in one.problems:
            show(f"cluster {one.name}: {problem}", err=True)
    for import_ in waiting:
        said = f"{import_.namespace}/{import_.name}: {import_.reason}: {import_.message}"
        show(said, err=True)
