"""Rows of paper that arches or curls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.curve import heights_when_flat
from ocr.rows import row_readings
from receipts.transcript import Point, Quad, TextBox

NAMES = (
    "WHOLE MILK", "BROWN BREAD", "SALTED BUTTER", "FREE RANGE EGGS", "CHEDDAR CHEESE", "TOMATOES", "BASMATI",
    "PASTA SHELLS", "OLIVE OIL", "BLACK PEPPER", "TOTAL", "CASH",
)  # fmt: skip
LINE_PX, WIDTH_PX, LETTER_PX = 30.0, 480.0, 11.0
Bend = Callable[[float, float], float]


def box(text: str, left: float, y: float, bend: Bend) -> TextBox:
    right = left + LETTER_PX * len(text)

    def point(x: float, down: float) -> Point:
        return Point(x, down + bend(x, y))

    return TextBox(
        text, Quad(point(left, y), point(right, y), point(right, y + 20), point(left, y + 20)), 0.9
    )


def page(bend: Bend) -> list[TextBox]:
    boxes = [box("CORNER SHOP LIMITED", 140, 0, bend), box("12 HIGH STREET", 170, LINE_PX, bend)]
    for line, name in enumerate(NAMES, start=3):
        boxes += [box(name, 20, line * LINE_PX, bend), box(f"{line}.25", 420, line * LINE_PX, bend)]
    return [*boxes, box("THANK YOU FOR SHOPPING", 120, 16 * LINE_PX, bend)]


def arch(share: float, change: float = 0.0, lean: float = 0.0) -> Bend:
    """Sides lower or higher than the middle by this share of the width, changing down the page."""

    def bend(x: float, y: float) -> float:
        across = 2 * x / WIDTH_PX - 1
        return WIDTH_PX * ((share + change * y / (17 * LINE_PX)) * across**2 + lean * across)

    return bend


WANTED = [f"{name} {line}.25" for line, name in enumerate(NAMES, start=3)]


@pytest.mark.parametrize(
    "bend", [arch(0.0), arch(0.05), arch(-0.05), arch(0.02, 0.05), arch(-0.06, 0.04), arch(0.03, 0.0, 0.04)]
)
def test_names_and_prices_stay_together_on_arched_paper(bend: Bend) -> None:
    readings = [[row.text for row in rows] for rows in row_readings(page(bend))]
    assert any(all(row in rows for row in WANTED) for rows in readings), readings


@given(share=st.floats(-0.06, 0.06), change=st.floats(-0.05, 0.05), lean=st.floats(-0.05, 0.05))
def test_boxes_of_a_line_come_to_one_height(share: float, change: float, lean: float) -> None:
    heights = heights_when_flat(page(arch(share, change, lean)))
    assert heights is not None
    goods = heights[2:-1]
    for name, price in zip(goods[::2], goods[1::2], strict=True):
        assert abs(name - price) < LINE_PX / 2


def test_a_few_boxes_tell_nothing() -> None:
    assert heights_when_flat(page(arch(0.05))[:5]) is None
    assert heights_when_flat([]) is None


def test_short_boxes_alone_tell_nothing() -> None:
    assert heights_when_flat([box("1", 10, 30.0 * line, arch(0.0)) for line in range(20)]) is None
