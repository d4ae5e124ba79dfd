"""The figures of the benchmark, and the page that shows them."""

from tools.bench import document
from tools.bench.figures import compared, p99
from tools.bench.tables import Row, Section, Table, markdown, memory_row, row


def test_a_ratio_is_of_its_round() -> None:
    assert compared([1, 20, 3], [2, 20, 4]) == (3, 4, 0.75)


def test_p99() -> None:
    assert p99(range(1, 100)) == 99
    assert p99([5.0] * 10) == 5


def test_markdown() -> None:
    rows = [
        row("within", "2 s", "1.6 s", 1.254, 1.25),
        row("beyond", "2 s", "1 s", 2, 1.25),
        row("for information", "1 s", "2 s", 0.5),
        Row("alone", "3 ms", ""),
        memory_row("memory", 60, 40),
        memory_row("memory", 60.1, 40),
    ]
    section = Section("Title", "How.", [Table(("what", "hooks", "floor"), rows)])
    assert markdown(section).splitlines() == [
        "## Title",
        "",
        "How.",
        "",
        "| what | hooks | floor | ratio | target | met |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| within | 2 s | 1.6 s | 1.25 | at most 1.25 | yes |",
        "| beyond | 2 s | 1 s | 2.00 | at most 1.25 | no |",
        "| for information | 1 s | 2 s | 0.50 |  |  |",
        "| alone | 3 ms |  |  |  |  |",
        "| memory | 60.0 MB | 40.0 MB | 1.50 | at most 60 MB | yes |",
        "| memory | 60.1 MB | 40.0 MB | 1.50 | at most 60 MB | no |",
    ]


def test_the_page_shows_the_plot_where_there_is_one() -> None:
    plain, drawn = (Section("T", "How.", [], curves) for curves in ({}, {"hooks": {100: 1.0}}))
    machine = [("CPU", "fast, 2 cores")]
    without, with_it = (document.page([one], machine, 20.4) for one in (plain, drawn))
    assert "| CPU | fast, 2 cores |\n| the whole benchmark took | 20 minutes |\n" in without
    assert "benchmark.svg" not in without
    assert with_it == f"{without}\n![Milliseconds until Ready, per import](benchmark.svg)\n"
