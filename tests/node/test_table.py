"""What pods and imports met in all events before; then no more of them are made."""

import pytest

from support.node.real.load import Load, table


def test_none_was_refused_or_late(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    load.stop()
    with capsys.disabled():
        print(f"\n{table(load.rows)}")
    for row in load.rows:
        row.check()
