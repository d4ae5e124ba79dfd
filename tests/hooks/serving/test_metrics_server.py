"""The port with the metrics: its address, and what Prometheus scrapes there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from mcsa_hooks.serving import metrics_server
from support.cluster.loopback import HOST, free_ports
from support.cluster.waiting import until
from support.loopback.gunicorns import HookServer
from support.samples import world

SYNC = "/serviceaccountimports/sync"


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
