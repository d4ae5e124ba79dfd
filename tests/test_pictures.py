"""The pictures of how a token travels: the same steps in each, and texts that can be read."""

import re
from itertools import combinations, product
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from mcsa_core.names import secret_name
from support import ROOT

PAGE = (ROOT / "docs" / "how-a-token-travels.md").read_text()
SVG = ROOT / "docs" / "how-a-token-travels.svg"
PICTURE = ET.fromstring(SVG.read_text())
NAMESPACE = "{http://www.w3.org/2000/svg}"
WIDTHS = {"name": 0.65, "cluster": 0.65}
"""Of a character of bold text, in ems, at most, in the usual fonts; 0.55 of other text."""
LIGHT, _, DARK = SVG.read_text().partition("@media (prefers-color-scheme: dark)")
NAME = "cluster2-default-pod-lister"


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, box: "Box") -> bool:
        beside = self.right <= box.left or box.right <= self.left
        return not (beside or self.bottom <= box.top or box.bottom <= self.top)

    def holds(self, box: "Box") -> bool:
        beside = self.left <= box.left and box.right <= self.right
        return beside and self.top <= box.top and box.bottom <= self.bottom


def elements(tag: str, *classes: str) -> list[ET.Element]:
    every = PICTURE.iter(f"{NAMESPACE}{tag}")
    return [element for element in every if not classes or element.get("class") in classes]


def rectangles(*classes: str) -> list[Box]:
    sides = [
        [float(rect.get(key, "0")) for key in ("x", "y", "width", "height")]
        for rect in elements("rect", *classes)
    ]
    return [Box(x, y, x + width, y + height) for x, y, width, height in sides]


def arrows() -> list[Box]:
    """The lines, which are horizontal or vertical."""
    paths = [path.get("d", "").split() for path in elements("path", "arrow", "arrow again")]
    lines = [(float(x), float(y), way, float(end)) for _, x, y, way, end in paths]
    return [
        Box(min(x, end), y, max(x, end), y) if way == "H" else Box(x, min(y, end), x, max(y, end))
        for x, y, way, end in lines
    ]


def text_box(text: ET.Element) -> Box:
    """What a text covers, at most."""
    kind = text.get("class", "")
    size = 12 if kind in {"detail", "number"} else 14
    width = len(text.text or "") * size * WIDTHS.get(kind, 0.55)
    x, baseline = float(text.get("x", "0")), float(text.get("y", "0"))
    left = x if kind in {"cluster", "step"} else x - width / 2
    return Box(left, baseline - 0.8 * size, left + width, baseline + 0.2 * size)


def test_the_steps_are_the_same() -> None:
    listed = re.findall(r"^(\d+)\. \*\*(.+?)\*\*:", PAGE, re.MULTILINE)
    assert [int(number) for number, _ in listed] == [*range(1, 11)]
    labels = [label for _, label in listed]
    [diagram] = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
    assert "\n    autonumber\n" in diagram
    assert re.findall(r"->>\w+: (.+)", diagram) == labels
    numbers = [text.text for text in elements("text", "number")]
    steps = [text.text for text in elements("text", "step")]
    assert [*zip(numbers, steps, strict=True)] == listed


def test_every_participant_of_the_diagram_is_declared() -> None:
    declared = {*re.findall(r"^ +(?:actor|participant) (\w+)", PAGE, re.MULTILINE)}
    messages = re.findall(r"^ +(\w+)->>(\w+):", PAGE, re.MULTILINE)
    assert {name for message in messages for name in message} == declared


def test_names() -> None:
    texts = {text.text for text in elements("text")}
    assert {NAME, secret_name("default", NAME)} <= texts


def test_it_is_small_and_needs_nothing_else() -> None:
    assert len(SVG.read_bytes()) < 10_000
    tags = {element.tag.removeprefix(NAMESPACE) for element in PICTURE.iter()}
    assert tags == {
        *("svg", "title", "desc", "style", "defs", "marker", "path", "rect", "circle", "text")
    }
    assert re.findall(r"url\((.*?)\)|@import|href", SVG.read_text()) == ["#head"]


def test_texts_do_not_overlap_and_stay_in_their_boxes() -> None:
    texts = elements("text")
    for first, second in combinations(texts, 2):
        assert not text_box(first).overlaps(text_box(second)), (first.text, second.text)
    boxes = rectangles("program", "object", "token")
    for text in texts:
        box, kind = text_box(text), text.get("class", "")
        assert any(page.holds(box) for page in rectangles("page"))
        assert not any(arrow.overlaps(box) for arrow in arrows()), text.text
        if kind in {"name", "detail"}:
            assert any(rectangle.holds(box) for rectangle in boxes), text.text
        else:
            assert not any(rectangle.overlaps(box) for rectangle in boxes), text.text
    for first_box, second_box in combinations([*boxes, *arrows()], 2):
        assert not first_box.overlaps(second_box)


def colors(css: str) -> dict[str, str]:
    """The fill of each class, and of `text`."""
    return dict(re.findall(r"(?:^|\s)\.?(\w+) \{[^}]*?fill: (#[0-9a-f]{6})", css))


def luminance(color: str) -> float:
    """The relative luminance, as the WCAG define it."""
    shares = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("css", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(css: str) -> None:
    """At least 4.5, which the WCAG ask of text (level AA)."""
    fills = colors(css)
    assert fills.keys() == colors(LIGHT).keys()
    pairs = product(("text", "detail", "head"), ("page", "frame", "object", "program", "token"))
    for text, box in [*pairs, ("number", "circle")]:
        darker, lighter = sorted((luminance(fills[text]), luminance(fills[box])))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, box)
