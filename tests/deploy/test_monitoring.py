"""deploy/monitoring names labels, pods and ports that exist."""

import re

import yaml

from support import ROOT

DEPLOY = ROOT / "deploy"


def test_what_alerts_say_is_a_label() -> None:
    text = (DEPLOY / "monitoring" / "alerts.yaml").read_text()
    assert {*re.findall(r"\$labels\.(\w+)", text)} == {"source_cluster", "outcome"}
    labels = {label for by in re.findall(r"by \(([^)]+)\)", text) for label in by.split(", ")}
    assert labels == {"cluster", "source_cluster", "outcome"}


def test_the_monitor_finds_the_pods() -> None:
    [monitor] = yaml.safe_load_all((DEPLOY / "monitoring" / "podmonitor.yaml").read_text())
    [policy] = yaml.safe_load_all((DEPLOY / "monitoring" / "networkpolicy.yaml").read_text())
    [port] = [endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]]
    [rule] = policy["spec"]["ingress"]
    assert rule["ports"] == [{"port": port, "protocol": "TCP"}]
    assert policy["spec"]["podSelector"] == monitor["spec"]["selector"]
    [expression] = monitor["spec"]["selector"]["matchExpressions"]
    for component in expression["values"]:
        deployment = next(yaml.safe_load_all((DEPLOY / f"{component}.yaml").read_text()))
        template = deployment["spec"]["template"]
        assert template["metadata"]["labels"][expression["key"]] == component
        assert template["metadata"]["labels"].items() >= (
            monitor["spec"]["selector"]["matchLabels"].items()
        )
        [container] = template["spec"]["containers"]
        [number] = [p["containerPort"] for p in container["ports"] if p["name"] == port]
        address = {"name": "MCSA_METRICS_ADDRESS", "value": f"0.0.0.0:{number}"}
        assert address in container["env"]
