"""Prometheus' own promtool: when each alert fires, and when it does not."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import ROOT

PROGRAM = shutil.which("promtool")
pytestmark = pytest.mark.skipif(
    PROGRAM is None,
    reason="promtool is not here, so no alert is tried: put Prometheus' promtool on PATH.",
)

RULES = yaml.safe_load((ROOT / "deploy" / "monitoring" / "alerts.yaml").read_text())["spec"]
EXPIRY = "mcsa_earliest_expiry_timestamp_seconds"
WELL = {'mcsa_syncs_total{outcome="TokenIssued", source_cluster="well"}': "0+1x60"}
"""A cluster whose imports are synced each minute, for an hour and more."""
HOUR = 3600


def due(expires_at: int) -> dict[str, str]:
    """A token of cluster2 that should have been renewed, as two pods of hooks see it."""
    labels = 'due="true", source_cluster="cluster2"'
    return {f'{EXPIRY}{{{labels}, pod="{pod}"}}': f"{expires_at}x180" for pod in ("a", "b")}


def syncs(outcome: str, values: str) -> dict[str, str]:
    return {f'mcsa_syncs_total{{outcome="{outcome}", source_cluster="cluster2"}}': values}


CASES: dict[str, tuple[dict[str, str], int, set[str]]] = {
    "all is well": (WELL, 60, set()),
    "a token that is not due expires soon": (
        WELL | {f'{EXPIRY}{{due="false", source_cluster="cluster2"}}': f"{HOUR}x180"},
        30,
        set(),
    ),
    "a token is due, for half an hour": (WELL | due(20 * HOUR), 30, set()),
    "a token is due, for an hour": (
        WELL | due(20 * HOUR),
        61,
        {"ServiceAccountImportNotRenewed cluster2"},
    ),
    "a token that is due has 6 hours left": (
        WELL | due(6 * HOUR),
        10,
        {"ServiceAccountImportWillExpire cluster2"},
    ),
    "no answer for 10 minutes": (
        WELL | syncs("TokenIssued", "0+1x10 10x60") | syncs("ClusterUnreachable", "0x10 1+1x60"),
        20,
        set(),
    ),
    "no answer for 30 minutes": (
        WELL | syncs("TokenIssued", "0+1x10 10x60") | syncs("ClusterUnreachable", "0x10 1+1x60"),
        40,
        {"SourceClusterUnreachable cluster2"},
    ),
    "some syncs have an answer": (
        WELL | syncs("Forbidden", "0+1x60") | syncs("ClusterUnreachable", "0+1x60"),
        60,
        {"ServiceAccountImportNotReady cluster2"},
    ),
    "an import is Revoked, for 10 minutes": (WELL | syncs("Revoked", "0+1x60"), 10, set()),
    "an import is Revoked, for 20 minutes": (
        WELL | syncs("Revoked", "0+1x60"),
        20,
        {"ServiceAccountImportNotReady cluster2"},
    ),
    "no sync for 20 minutes": (syncs("TokenIssued", "0+1x10 10x60"), 30, set()),
    "no sync for 40 minutes": (
        syncs("TokenIssued", "0+1x10 10x60"),
        50,
        {"ServiceAccountImportsNotSynced"},
    ),
    "no hook is scraped": ({}, 11, {"ServiceAccountImportsNotSynced"}),
}
"""Time series, a minute, and the alerts that fire then, each with its source cluster."""


def promtool(folder: Path, command: str, content: Any) -> None:
    (folder / "rules.yaml").write_text(yaml.safe_dump(RULES))
    (folder / "content.yaml").write_text(yaml.safe_dump(content))
    done = subprocess.run(
        [str(PROGRAM), command, "rules", "content.yaml"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_can_be_read(tmp_path: Path) -> None:
    promtool(tmp_path, "check", RULES)


def test_firing(tmp_path: Path) -> None:
    tests = [{"name": name} | unit_test(*case) for name, case in CASES.items()]
    promtool(tmp_path, "test", {"rule_files": ["rules.yaml"], "tests": tests})


def unit_test(series: dict[str, str], minute: int, firing: set[str]) -> dict[str, Any]:
    """What promtool is to try: which alerts fire at that minute, of which clusters."""
    samples = []
    for name in sorted(firing):
        alert, _, cluster = name.partition(" ")
        label = f', source_cluster="{cluster}"' if cluster else ""
        samples.append({"labels": f'{{alertname="{alert}"{label}}}', "value": 1})
    query = 'count by (alertname, source_cluster) (ALERTS{alertstate="firing"})'
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": query, "eval_time": f"{minute}m", "exp_samples": samples},
        ],
    }
