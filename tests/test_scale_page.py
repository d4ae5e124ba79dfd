"""What the page on scale says of an API server's own limits, on a real one."""

from pathlib import Path

import pytest

from support.cluster import ControlPlane
from support.cluster.scripts import run
from support.documents import blocks, section

HEADING = "Other clients of cluster1's API server"


@pytest.mark.cluster
def test_priority_and_fairness(tmp_path: Path) -> None:
    [script] = blocks("docs/scale.md", "bash", HEADING)
    with ControlPlane("cluster1", tmp_path / "cluster1") as cluster1:
        printed = run(script, cluster1)
    [schema] = [line for line in printed.splitlines() if line.startswith("service-accounts ")]
    assert schema.split()[1] == "workload-low"
    marker = 'apiserver_flowcontrol_nominal_limit_seats{priority_level="'
    limits = dict(
        line.removeprefix(marker).split('"} ')
        for line in printed.splitlines()
        if line.startswith(marker)
    )
    assert f"has {limits['workload-low']} of" in section("docs/scale.md", HEADING)
