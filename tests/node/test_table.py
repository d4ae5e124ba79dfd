"""What pods and imports met in all events before; then no more of them are made."""

import pytest

from support.cluster.waiting import until
from support.node.real.load import Load, table

SECONDS = 600
"""For how long pods and imports are made at least, outages left out."""


def test_none_was_refused_or_late(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    until(lambda: load.seconds() >= SECONDS, SECONDS)
    load.stop()
    with capsys.disabled():
        print(f"\n{table(load.rows)}")
    for row in load.rows:
        row.check()
