"""The figures of many imports, and the page that shows them."""

from pathlib import Path

from tools.bench.figures import Compared
from tools.bench.scale.clusters import Clusters
from tools.bench.scale.growth import Growth, Phase
from tools.bench.scale.looks import Looks
from tools.bench.scale.page import page
from tools.bench.scale.programs import PROGRAMS

CPU = dict.fromkeys(PROGRAMS, 2.0)


def test_the_page() -> None:
    growth = Growth(
        1000, Phase(8, CPU, 2000), dict.fromkeys(PROGRAMS, 50.4), Phase(10, CPU, 33), Phase(4, CPU)
    )
    clusters = Clusters(100, 500, Compared(6, 5, 1.2), Compared(90, 60, 1.5))
    text = page({"spread": [growth], "together": []}, clusters, [("CPU", "2 cores")], 7.6)
    lines = text.splitlines()
    each = "2.00 ms | " * 4 + "2.00 ms |"
    assert f"| 1,000 | 8.0 s | 8.0 ms | 2,000 | {each}" in lines
    assert f"| 1,000 | 4.0 s | 4.0 ms | 0 | {each}" in lines
    assert f"| 1,000 | 3.3 | {'200.0 ms/s | ' * 4}200.0 ms/s |" in lines
    assert f"| 1,000 | {'50 MB | ' * 4}50 MB |" in lines
    assert "| until all are Ready | 6.0 s | 5.0 s | 1.20 |" in lines
    assert "| the whole benchmark took | 8 minutes |" in lines
    assert "together" not in text
    assert not [line for line in lines if len(line) > 200]


def test_looks(tmp_path: Path) -> None:
    log = tmp_path / "log"
    line = '{{"logger":"a","msg":"Sync","object":{{"name":"{}","namespace":"n"}}}}\n'
    log.write_text(line.format("before"))
    looks = Looks(log)
    with log.open("a") as file:
        file.write(
            line.format("a") + '{"msg":"other"}\n' + line.format("a") + line.format("b")[:20]
        )
    assert looks.count() == 2
    with log.open("a") as file:
        file.write(line.format("b")[20:])
    looks.await_imports(2)
    assert looks.count() == 3
