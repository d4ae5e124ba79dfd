"""What Prometheus gets, from the applications and from the processes that serve them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
import requests
import responses
import yaml
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

import mcsa_hooks
from mcsa_hooks.serving import metrics_server
from support import ROOT
from support.cluster.loopback import HOST, free_ports
from support.cluster.waiting import until
from support.loopback.gunicorns import HookServer
from support.samples import world
from support.samples.admission_pods import pod, review

SYNC = "/serviceaccountimports/sync"
DEPLOY = ROOT / "deploy"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def remote_calls(method: str) -> float:
    name = "mcsa_remote_request_duration_seconds_count"
    return value(name, source_cluster="cluster2", method=method)


def syncs(outcome: str, cluster: str = "cluster2") -> float:
    return value("mcsa_syncs_total", source_cluster=cluster, outcome=outcome)


def test_a_sync(client: FlaskClient, remote: responses.RequestsMock) -> None:
    before = syncs("TokenIssued"), remote_calls("GET"), remote_calls("POST")
    remote.get(world.ACCOUNT_URL, json=world.account(), headers=world.date())
    token = world.grant(world.token())
    remote.post(f"{world.ACCOUNT_URL}/token", json=token, headers=world.date())
    client.post(SYNC, json=world.request(world.credential()))
    assert (syncs("TokenIssued"), remote_calls("GET"), remote_calls("POST")) == tuple(
        number + 1 for number in before
    )


def test_a_sync_that_fails(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    before = syncs("ClusterNotBootstrapped", "unknown"), remote_calls("GET")
    client.post(SYNC, json=world.request())
    after = syncs("ClusterNotBootstrapped", "unknown"), remote_calls("GET")
    assert after == (before[0] + 1, before[1])
    [record] = caplog.records
    assert record.__dict__["fields"] == {
        "import": f"default/{world.NAME}",
        "source_cluster": "cluster2",
        "reason": "ClusterNotBootstrapped",
    }


def test_names_of_clusters_that_are_made_up_are_no_labels(client: FlaskClient) -> None:
    for number in range(20):
        spec = {"clusterName": f"made-up-{number}"}
        request = world.request(child=world.owned(), imported=world.parent(spec=spec))
        client.post(SYNC, json=request)
    labels = {sample.labels.get("source_cluster") for sample in samples()}
    assert "unknown" in labels
    assert not any("made-up" in label for label in labels if label)


def test_plain_success_is_not_logged(
    client: FlaskClient, remote: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    remote.get(world.ACCOUNT_URL, json=world.account(), headers=world.date())
    client.post(SYNC, json=world.request(world.credential(), child=world.owned()))
    assert not [record for record in caplog.records if record.name.startswith("mcsa_hooks")]


@pytest.mark.parametrize(
    ("annotation", "outcome"), [("a", "mounted"), (None, "unchanged"), ("A!", "denied")]
)
def test_a_review(annotation: str | None, outcome: str) -> None:
    before = value("mcsa_reviews_total", outcome=outcome)
    client = mcsa_hooks.admission_app().test_client()
    assert client.post("/mutate", json=review(pod(annotation))).status_code == 200
    assert value("mcsa_reviews_total", outcome=outcome) == before + 1


@pytest.mark.parametrize(("path", "code"), [(SYNC, "400"), ("/elsewhere", "404")])
def test_a_refused_request(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, path: str, code: str
) -> None:
    before = value("mcsa_refused_requests_total", code=code)
    client.post(path, json={})
    assert value("mcsa_refused_requests_total", code=code) == before + 1
    [record] = caplog.records
    assert record.__dict__["fields"]["code"] == int(code)
    assert "elsewhere" not in caplog.text


def selectors() -> set[str]:
    """What the alerts look at: names of metrics with their labels."""
    rules = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yaml").read_text())
    found = [
        re.findall(r"mcsa_\w+(?:\{[^}]*\})?", rule["expr"])
        for rule in rules["spec"]["groups"][0]["rules"]
    ]
    assert all(found)
    return set(chain.from_iterable(found))


def matches(selector: str, sample: Sample) -> bool:
    wanted = re.findall(r'(\w+)=~?"([^"]*)"', selector)
    labels = (re.fullmatch(value, sample.labels.get(name, "")) for name, value in wanted)
    return sample.name == selector.partition("{")[0] and all(labels)


def samples() -> list[Sample]:
    return [sample for family in REGISTRY.collect() for sample in family.samples]


def test_what_alerts_look_at_is_there(client: FlaskClient, remote: responses.RequestsMock) -> None:
    """After a sync that went well, and one with a token that is due and a silent source."""
    before = samples()
    remote.get(world.ACCOUNT_URL, json=world.account(), headers=world.date())
    remote.get(world.ACCOUNT_URL, body=requests.ConnectTimeout())
    due = world.token(iat=world.NOW - world.DAY * 7 // 10)
    reasons = [
        client.post(
            SYNC, json=world.request(world.credential(), child=world.owned(held))
        ).get_json()["status"]["conditions"][0]["reason"]
        for held in (None, due)
    ]
    assert reasons == ["TokenIssued", "ClusterUnreachable"]
    changed = [sample for sample in samples() if sample not in before]
    assert len(selectors()) == 4
    for selector in selectors():
        assert any(matches(selector, sample) for sample in changed), selector


def test_what_alerts_say_of_a_cluster_is_a_label() -> None:
    text = (DEPLOY / "monitoring" / "alerts.yaml").read_text()
    assert {*re.findall(r"\$labels\.(\w+)", text)} == {"source_cluster"}
    labels = {label for by in re.findall(r"by \(([^)]+)\)", text) for label in by.split(", ")}
    assert labels == {"cluster", "source_cluster"}


def test_the_monitor_finds_the_pods() -> None:
    [monitor] = yaml.safe_load_all((DEPLOY / "monitoring" / "podmonitor.yaml").read_text())
    [policy] = yaml.safe_load_all((DEPLOY / "monitoring" / "networkpolicy.yaml").read_text())
    [port] = [endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]]
    [rule] = policy["spec"]["ingress"]
    assert rule["ports"] == [{"port": port}]
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


@pytest.mark.parametrize(
    ("address", "parsed"), [("127.0.0.1:9090", ("127.0.0.1", 9090)), ("[::1]:1", ("::1", 1))]
)
def test_address(address: str, parsed: tuple[str, int]) -> None:
    assert metrics_server.parse(address) == parsed


@pytest.mark.parametrize(
    "address",
    ["", "9090", ":9090", "a:b", "a:0", "a:65536", "::1:9090", "a:1 ", "a b:1", "[[::1]]:1"],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        metrics_server.parse(address)


def started(address: str, *args: str) -> subprocess.CompletedProcess[str]:
    config = ("-c", "python:mcsa_hooks.gunicorn_config", "-b", f"{HOST}:0", *args)
    return subprocess.run(
        [sys.executable, "-m", "gunicorn", *config, "mcsa_hooks:sync_app()"],
        env=os.environ | {"MCSA_METRICS_ADDRESS": address},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("address", "workers", "said"),
    [
        ("9090", 1, "'9090' is not HOST:PORT"),
        ("192.0.2.1:9090", 1, "Cannot assign requested address"),
        (
            f"{HOST}:9090",
            2,
            "a scrape would reach one of several workers: run one worker, and more pods",
        ),
    ],
)
def test_who_could_not_be_scraped_does_not_start(address: str, workers: int, said: str) -> None:
    done = started(address, "--workers", str(workers))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert re.search(rf"^MCSA_METRICS_ADDRESS: .*{said}", done.stderr, re.MULTILINE)


class Scraped:
    """The hooks as they are deployed, on their two ports."""

    def __init__(self, folder: Path) -> None:
        [port] = free_ports(1)
        self.url = f"http://{HOST}:{port}/metrics"
        self.server = HookServer(folder, {"MCSA_METRICS_ADDRESS": f"{HOST}:{port}"})

    def samples(self) -> dict[str, float]:
        """What is scraped, by name alone; nothing while nobody answers."""
        try:
            text = requests.get(self.url, timeout=10).text
        except requests.ConnectionError:
            return {}
        families = text_string_to_metric_families(text)
        return {sample.name: sample.value for family in families for sample in family.samples}


@pytest.fixture
def scraped(tmp_path: Path) -> Iterator[Scraped]:
    found = Scraped(tmp_path)
    with found.server:
        yield found


@pytest.mark.slow
def test_a_process_is_scraped(scraped: Scraped) -> None:
    requests.post(scraped.server.url + SYNC, json=world.request(), timeout=10)
    found = scraped.samples()
    assert found["mcsa_syncs_total"] == 1
    assert found["process_resident_memory_bytes"] > 0
    lines = [json.loads(line) for line in scraped.server.log.read_text().splitlines()]
    assert [line["reason"] for line in lines if "reason" in line] == ["ClusterNotBootstrapped"]
    assert requests.get(f"{scraped.server.url}/metrics", timeout=10).status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("replace", [HookServer.reload, HookServer.kill_worker])
def test_the_next_worker_is_scraped(
    scraped: Scraped, replace: Callable[[HookServer], None]
) -> None:
    """Whether gunicorn replaces the worker in peace, or finds it dead."""
    requests.post(scraped.server.url + SYNC, json=world.request(), timeout=10)
    assert "mcsa_syncs_total" in scraped.samples()
    replace(scraped.server)
    until(lambda: (found := scraped.samples()) and "mcsa_syncs_total" not in found)
