import click
import pytest

from kubemcsa.api import lifetime
from kubemcsa.options import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("720h", 2592000),
        ("1h30m", 5400),
        ("90m", 5400),
        ("1.5h", 5400),
        (".5h", 1800),
        ("600s", 600),
        ("1500ms", 1),
        ("1h1m1s1ms1us1µs1μs1ns", 3661),
        ("1.h", 3600),
        ("1m1m", 120),
    ],
)
def test_durations_of_go(text: str, seconds: int) -> None:
    assert duration.Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize(
    "text",
    [
        *("", "720", "0", "30d", "1w", "1y", "1mm", "-1h", "+1h", "h", "1h 2m", "1h-1m", "1h2"),
        *("1e3s", ".h", "..", "1..h", "1.2.3h", "\u0661h", "1H", "1h\n", "infh", "nanh"),
    ],
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a duration such as 720h or 1h30m"):
        duration.Duration().convert(text, None, None)


def test_the_longest() -> None:
    year = duration.Duration(31536000)
    assert year.convert("8760h", None, None) == 31536000
    with pytest.raises(click.BadParameter, match="is longer than 8760h0m0s, which is the most"):
        year.convert("8761h", None, None)
    with pytest.raises(click.BadParameter, match="is longer than 2562047h47m16s"):
        duration.Duration().convert("2562048h", None, None)
    for huge in (f"{'9' * 20}h", f"{'9' * 400}h"):
        with pytest.raises(click.BadParameter, match="is longer than 2562047h47m16s"):
            duration.Duration().convert(huge, None, None)


@pytest.mark.parametrize(
    ("seconds", "text"), [(2592000, "720h0m0s"), (3661, "1h1m1s"), (90, "1m30s"), (0, "0m0s")]
)
def test_text(seconds: int, text: str) -> None:
    assert lifetime.text(seconds) == text
