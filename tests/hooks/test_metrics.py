"""What the applications count for Prometheus, and that the alerts' expressions find it."""

import re
from itertools import chain

import pytest
import requests
import responses
import yaml
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from prometheus_client.samples import Sample

import mcsa_hooks
from support import ROOT
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
    before = syncs("TokenIssued"), remote_calls("POST")
    token = world.grant(world.token())
    remote.post(f"{world.ACCOUNT_URL}/token", json=token, headers=world.date())
    client.post(SYNC, json=world.request(world.credential()))
    assert (syncs("TokenIssued"), remote_calls("POST")) == tuple(number + 1 for number in before)


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
        request = world.request(child=world.owned(), sai=world.parent(spec=spec))
        client.post(SYNC, json=request)
    labels = {sample.labels.get("source_cluster") for sample in samples()}
    assert "unknown" in labels
    assert not any("made-up" in label for label in labels if label)


def test_plain_success_is_not_logged(
    client: FlaskClient, remote: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    remote.post(world.REVIEW_URL, json=world.review(), headers=world.date())
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
    wanted = re.findall(r'(\w+)(=|=~|!~)"([^"]*)"', selector)
    return sample.name == selector.partition("{")[0] and all(
        bool(re.fullmatch(value, sample.labels.get(name, ""))) != (operator == "!~")
        for name, operator, value in wanted
    )


def samples() -> list[Sample]:
    return [sample for family in REGISTRY.collect() for sample in family.samples]


def test_what_alerts_look_at_is_there(client: FlaskClient, remote: responses.RequestsMock) -> None:
    """After a sync that went well, one with a silent source, and one of no cluster."""
    before = samples()
    remote.post(world.REVIEW_URL, json=world.review(), headers=world.date())
    remote.post(world.REVIEW_URL, body=requests.ConnectTimeout())
    due = world.token(iat=world.NOW - world.DAY * 7 // 10)
    sent = [
        world.request(),
        world.request(world.credential(), child=world.owned()),
        world.request(world.credential(), child=world.owned(due)),
    ]
    answers = [client.post(SYNC, json=request).get_json() for request in sent]
    reasons = [answer["status"]["conditions"][0]["reason"] for answer in answers]
    assert reasons == ["ClusterNotBootstrapped", "TokenIssued", "ClusterUnreachable"]
    changed = [sample for sample in samples() if sample not in before]
    assert len(selectors()) == 5
    for selector in selectors():
        assert any(matches(selector, sample) for sample in changed), selector
