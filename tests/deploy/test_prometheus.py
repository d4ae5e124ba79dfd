"""A real Prometheus scrapes the servers: each query of the dashboard has data, each alert works."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from mcsa_core import secret
from mcsa_core.names import API_VERSION, IMPORT_NAME, KIND, SYSTEM_NAMESPACE, secret_name
from support import ROOT
from support.cluster import ControlPlane
from support.cluster.introduction import introduce
from support.cluster.loopback import HOST, free_ports
from support.cluster.process import Process
from support.cluster.reading import get
from support.cluster.waiting import until
from support.loopback.gunicorns import AdmissionServer, HookServer
from support.samples import world
from support.samples.admission_pods import pod, review

PROGRAM = shutil.which("prometheus")
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(
        PROGRAM is None,
        reason="Prometheus is not here, so no query is run, and test_dashboard.py only compares"
        " names: put prometheus on PATH.",
    ),
]

MONITORING = ROOT / "deploy" / "monitoring"
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text())
RULES = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["spec"]
QUERIES = {
    f"{panel['title']}, {target['refId']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}
ALL = {variable["name"]: variable.get("allValue") for variable in DASHBOARD["templating"]["list"]}
CHOSEN = {"cluster": "here", "source_cluster": "(cluster2|cluster3)"}
Data = Callable[..., Any]
"""Calls Prometheus: a path of its API and parameters, to the data of the answer."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prometheus")


@pytest.fixture(scope="module")
def credential(cluster1: ControlPlane, cluster2: ControlPlane) -> Any:
    """The Secret by which the hooks may take tokens of cluster2."""
    introduce(cluster1, cluster2)
    cluster2.kubectl("create", "serviceaccount", "pod-lister")
    return get(cluster1, "secret", "-n", SYSTEM_NAMESPACE, "cluster2")


@pytest.fixture(scope="module", params=["of several clusters", "of one cluster"])
def data(request: pytest.FixtureRequest, folder: Path, credential: Any) -> Iterator[Data]:
    """Prometheus scrapes both servers, which have work to do: the label `cluster` is optional."""
    hooks_port, admission_port, port = free_ports(3)
    addresses = [f"{HOST}:{hooks_port}", f"{HOST}:{admission_port}"]
    labels = {"cluster": "here"} if request.param == "of several clusters" else {}
    folder = folder / str(port)
    folder.mkdir()
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [
            {"job_name": "servers", "static_configs": [{"targets": addresses, "labels": labels}]}
        ],
    }
    (folder / "rules.yaml").write_text(yaml.safe_dump(RULES))
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
    hooks = HookServer(folder, {"MCSA_METRICS_ADDRESS": addresses[0]})
    admission = AdmissionServer(folder, environ={"MCSA_METRICS_ADDRESS": addresses[1]})
    prometheus = Process(folder / "prometheus.log", {})
    url = f"http://{HOST}:{port}/api/v1"

    def call(path: str, **parameters: Any) -> Any:
        work(hooks, admission, credential)
        answer = requests.get(f"{url}/{path}", parameters, timeout=10)
        assert answer.ok, answer.text
        return answer.json()["data"]

    with hooks, admission:
        prometheus.start(
            [
                str(PROGRAM),
                f"--config.file={folder}/prometheus.yaml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address={HOST}:{port}",
            ]
        )
        try:
            prometheus.wait_until(lambda: is_ready(url))
            yield call
        finally:
            prometheus.stop()


def is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/query?query=up", timeout=10).ok
    except requests.ConnectionError:
        return False


def work(hooks: HookServer, admission: AdmissionServer, credential: Any) -> None:
    """Syncs and reviews that end well, and those that do not."""
    sync = f"{hooks.url}/serviceaccountimports/sync"
    answer = requests.post(sync, json=world.request(credential), timeout=10).json()
    [child] = answer["children"]
    owned = world.owned() | {"data": child["data"]}
    requests.post(sync, json=world.request(credential, child=owned), timeout=10)
    requests.post(sync, json=due(), timeout=10)
    requests.post(f"{hooks.url}/nosuch", timeout=10)
    for names in ("a", None, "A"):
        url, body = f"{admission.url}/mutate", review(pod(names))
        requests.post(url, json=body, verify=str(admission.ca), timeout=10)


def due() -> Any:
    """A sync request for a token of 20 hours, which can't be renewed: there is no cluster3."""
    now = int(time.time())
    bearer = world.token(SYSTEM_NAMESPACE, "cluster1", iat=now)
    metadata = {"name": "due", "uid": "due"}
    sai = world.parent(spec={"clusterName": "cluster3"}, metadata=metadata)
    child = world.opaque(
        "default",
        secret_name("default", "due"),
        secret.data("due", world.access(world.token(iat=now - 20 * 3600))),
        labels={IMPORT_NAME: "due"},
        ownerReferences=[metadata | {"apiVersion": API_VERSION, "kind": KIND, "controller": True}],
    )
    return world.request(world.credential("cluster3", bearer), child=child, sai=sai)


def filled(query: str, values: dict[str, str]) -> str:
    """The query with values for the dashboard's variables."""
    for name, value in values.items():
        query = query.replace(f"${name}", str(value))
    return query


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_queries_have_data(data: Data, query: str) -> None:
    until(lambda: data("query", query=filled(query, ALL))["result"])


@pytest.mark.parametrize("data", ["of several clusters"], indirect=True)
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_queries_have_data_of_chosen_clusters(data: Data, query: str) -> None:
    until(lambda: data("query", query=filled(query, CHOSEN))["result"])


@pytest.mark.parametrize("data", ["of several clusters"], indirect=True)
def test_variables(data: Data) -> None:
    for name in CHOSEN:
        [variable] = [v for v in DASHBOARD["templating"]["list"] if v["name"] == name]
        call = filled(variable["query"]["query"], ALL).removeprefix("label_values(")
        series, _, label = call.removesuffix(")").rpartition(", ")
        values = data(f"label/{label}/values", **{"match[]": series})
        assert {*values} >= {"cluster": {"here"}, "source_cluster": {"cluster2", "cluster3"}}[name]


def test_alerts(data: Data) -> None:
    """Those of a token that was not renewed begin to count; no expression is in error."""

    def states() -> Any:
        [group] = data("rules")["groups"]
        assert {rule["health"] for rule in group["rules"]} <= {"ok", "unknown"}
        return {rule["name"]: rule["state"] for rule in group["rules"]}

    due = ("ServiceAccountImportWillExpire", "ServiceAccountImportNotRenewed")
    until(lambda: {states()[name] for name in due} == {"pending"})
