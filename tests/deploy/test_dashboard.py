"""Grafana's dashboard asks for metrics and labels that the servers have, and panels have places."""

import json
import re
from itertools import chain, combinations
from typing import Any, get_args, get_type_hints

import pytest
import yaml

from mcsa_core.names import Reason
from mcsa_hooks.admission.review import Verdict
from mcsa_hooks.admission.views import REVIEWS
from mcsa_hooks.remote.api_client import SYNC_SECONDS
from mcsa_hooks.remote.metrics import REQUESTS
from mcsa_hooks.serviceaccountimports.metrics import SYNCS, EarliestExpiry
from mcsa_hooks.web import REFUSED
from support import ROOT

MONITORING = ROOT / "deploy" / "monitoring"
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text())
PANELS = DASHBOARD["panels"]
VARIABLES = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24
ADDED = {"cluster"}
"""The labels that a Prometheus for several clusters adds."""
LABEL_NAME, QUOTED = r"\b([a-z_]+)", r'"([^"]*)"'


def labels_by_metric() -> dict[str, set[str]]:
    """The labels of each time series that the servers have, by its name."""
    counters = (SYNCS, REVIEWS, REFUSED)
    labels = {f"{counter._name}_total": {*counter._labelnames} for counter in counters}  # noqa: SLF001
    [gauge] = EarliestExpiry().collect()
    labels[gauge.name] = {*gauge._labelnames}  # noqa: SLF001
    histogram = {*REQUESTS._labelnames}  # noqa: SLF001
    labels[f"{REQUESTS._name}_count"] = histogram  # noqa: SLF001
    labels[f"{REQUESTS._name}_bucket"] = histogram | {"le"}  # noqa: SLF001
    return labels


def selectors(query: str) -> list[tuple[str, dict[str, str]]]:
    """The metrics of a query with their matchers."""
    pairs = re.findall(r"\b(mcsa_\w+)(\{[^}]*\})?", query)
    return [(name, dict(re.findall(f"{LABEL_NAME}=~?{QUOTED}", braces))) for name, braces in pairs]


def groups(query: str) -> list[str]:
    """The labels by which a query sums."""
    return [label for by in re.findall(r"by \(([^)]*)\)", query) for label in by.split(", ")]


@pytest.mark.parametrize("query", QUERIES)
def test_metrics_and_labels_are_those_of_the_servers(query: str) -> None:
    assert selectors(query)
    for name, matchers in selectors(query):
        assert {*groups(query)} | matchers.keys() <= labels_by_metric()[name] | ADDED


def test_every_metric_is_shown() -> None:
    shown = {name for query in QUERIES for name, _ in selectors(query)}
    assert shown == labels_by_metric().keys()


def test_values_of_labels() -> None:
    """Those that the code gives, or a variable of the label's name."""
    outcomes = {
        "mcsa_syncs_total": {*Reason},
        "mcsa_reviews_total": {*get_args(get_type_hints(Verdict)["outcome"])},
    }
    for name, matchers in chain.from_iterable(map(selectors, QUERIES)):
        values = {"outcome": outcomes.get(name, set()), "due": {"true", "false"}}
        for label, value in matchers.items():
            assert value in values.get(label, {f"${label}"}), (name, label)


@pytest.mark.parametrize("panel", PANELS, ids=[panel["title"] for panel in PANELS])
def test_every_series_of_a_panel_has_a_name(panel: dict[str, Any]) -> None:
    """Of the labels by which its query sums."""
    assert panel["type"] in {"stat", "timeseries"}
    for target in panel["targets"]:
        labels = [label for label in groups(target["expr"]) if label != "le"]
        assert re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")) == labels
        assert (panel["type"] == "stat") == (labels == [])


def test_fields_that_grafana_asks_for() -> None:
    assert re.fullmatch(r"[a-zA-Z0-9_-]{8,40}", DASHBOARD["uid"])
    assert DASHBOARD["title"]
    assert isinstance(DASHBOARD["schemaVersion"], int)
    assert DASHBOARD["time"].keys() == {"from", "to"}
    assert sorted(panel["id"] for panel in PANELS) == [*range(1, len(PANELS) + 1)]
    for panel in PANELS:
        assert panel["title"]
        assert panel["datasource"] == PROMETHEUS
        ids = [target["refId"] for target in panel["targets"]]
        assert ids == ["A", "B"][: len(ids)]
        assert panel["fieldConfig"].keys() == {"defaults", "overrides"}
        assert panel["fieldConfig"]["defaults"]["unit"]


def test_variables() -> None:
    assert [*VARIABLES] == ["datasource", "cluster", "source_cluster"]
    assert (VARIABLES["datasource"]["type"], VARIABLES["datasource"]["query"]) == (
        "datasource",
        "prometheus",
    )
    for name in ("cluster", "source_cluster"):
        variable = VARIABLES[name]
        assert variable["type"] == "query"
        assert variable["datasource"] == PROMETHEUS
        # A Prometheus for one cluster has no label `cluster`, which `.*` matches too.
        assert variable["allValue"] == ".*"
        query = variable["query"]["query"]
        [(metric, matchers)] = selectors(query)
        assert re.fullmatch(rf"label_values\(.*, {name}\)", query)
        assert {name, *matchers} <= labels_by_metric()[metric] | ADDED
    used = {*re.findall(r"\$\{?([a-z_]+)", json.dumps(DASHBOARD))}
    assert used - {"__all"} == VARIABLES.keys()


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    """The places of the grid that a panel covers."""
    at = panel["gridPos"]
    columns, rows = range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])
    return {(column, row) for column in columns for row in rows}


def test_panels_fill_the_grid_and_do_not_overlap() -> None:
    for first, second in combinations(PANELS, 2):
        assert not cells(first) & cells(second), (first["title"], second["title"])
    covered = set().union(*map(cells, PANELS))
    height = max(row for _, row in covered) + 1
    assert covered == {(column, row) for column in range(COLUMNS) for row in range(height)}


def test_the_time_limit_that_it_speaks_of() -> None:
    [latency] = [panel for panel in PANELS if panel["title"] == "Latency of these calls"]
    assert f"gives its calls up after {SYNC_SECONDS} s" in latency["description"]


def test_the_sidecar_finds_it() -> None:
    kustomization = yaml.safe_load((MONITORING / "kustomization.yaml").read_text())
    [generator] = kustomization["configMapGenerator"]
    [(name, _, file)] = [entry.partition("=") for entry in generator["files"]]
    assert (name, file) == (f"{DASHBOARD['uid']}.json", "dashboard.json")
    assert generator["options"] == {
        "disableNameSuffixHash": True,
        "labels": {"grafana_dashboard": "1"},
    }
