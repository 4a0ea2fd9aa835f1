"""Shots of one long receipt become one page; two receipts do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.picture.stitch import Shot, find_overlap, stitch
from receipts.image import AS_TAKEN, Taken
from receipts.transcript import Quad, Row, TextBox

LINE_PX, WIDTH_PX = 30, 400
HEAD = ("CORNER SHOP LTD", "12 HIGH STREET", "TEL 0161 496 0000", "SALES RECEIPT")
GOODS = tuple(
    f"{name} {price}"
    for name, price in zip(
        (
            "WHOLE MILK 2L", "BROWN BREAD", "SALTED BUTTER", "FREE RANGE EGGS", "CHEDDAR CHEESE", "TOMATOES",
            "CUCUMBER", "SPRING ONIONS", "BASMATI RICE", "PASTA SHELLS", "OLIVE OIL", "BLACK PEPPER",
        ),
        ("1.20", "0.95", "2.10", "1.85", "3.40", "1.05", "0.60", "0.75", "2.25", "0.90", "4.80", "1.15"),
        strict=True,
    )
)  # fmt: skip
FOOT = ("TOTAL 21.00", "CASH 25.00", "CHANGE 4.00", "THANK YOU")
RECEIPT = (*HEAD, *GOODS, *FOOT)


def row(text: str, line: int, *, scale: float = 1.0, left: float = 10.0) -> Row:
    name, _, price = text.rpartition(" ")
    upright = {"top": line * LINE_PX * scale, "bottom": (line * LINE_PX + 20) * scale}
    parts = (
        ((name, left, left + 250), (price, left + 300, left + 370)) if name else ((price, left, left + 80),)
    )
    return Row(
        tuple(
            TextBox(part, Quad.upright(left=a * scale, right=b * scale, **upright), 0.9)
            for part, a, b in parts
        )
    )  # fmt: skip


def shot(texts: Sequence[str], *, scale: float = 1.0, left: float = 10.0) -> Shot:
    height = len(texts) * LINE_PX + 20
    picture = np.full((round(height * scale), round(WIDTH_PX * scale), 3), 255, np.uint8)
    return Shot(picture, tuple(row(text, line, scale=scale, left=left) for line, text in enumerate(texts)))


def texts(joined: Shot | None) -> list[str]:
    assert joined is not None
    return [row.text for row in joined.rows]


def test_two_overlapping_shots_are_one_receipt_in_either_order() -> None:
    top, bottom = shot(RECEIPT[:11]), shot(RECEIPT[7:], scale=1.4, left=25)
    assert texts(stitch([top, bottom])) == list(RECEIPT)
    assert texts(stitch([bottom, top])) == list(RECEIPT)


def test_three_shots_are_put_in_order() -> None:
    shots = [shot(RECEIPT[10:]), shot(RECEIPT[:8]), shot(RECEIPT[4:14])]
    assert texts(stitch(shots)) == list(RECEIPT)


def test_what_is_below_stands_in_the_upper_shots_columns() -> None:
    joined = stitch([shot(RECEIPT[:11]), shot(RECEIPT[7:], scale=1.4, left=25)])
    assert joined is not None
    whole = shot(RECEIPT)
    for ours, true in zip(joined.rows, whole.rows, strict=True):
        for box, wanted in zip(ours.boxes, true.boxes, strict=True):
            assert box.quad.left == pytest.approx(wanted.quad.left, abs=1.5)
            assert box.quad.top == pytest.approx(wanted.quad.top, abs=1.5)
    height, width = joined.picture.shape[:2]
    assert max(box.quad.bottom for row in joined.rows for box in row.boxes) <= height
    assert max(box.quad.right for row in joined.rows for box in row.boxes) <= width


def test_misread_letters_and_a_cut_line_do_no_harm() -> None:
    assert RECEIPT[11:13] == ("SPRING ONIONS 0.75", "BASMATI RICE 2.25")
    top = [*RECEIPT[:11], "SPRlNG 0NlONS 0.75", "8ASMATl RlCE 2.2S", "~~ - _-"]
    bottom = [". - .", "T0MAT0ES 1.O5", *RECEIPT[10:]]
    joined = texts(stitch([shot(top), shot(bottom)]))
    assert joined[:11] == list(RECEIPT[:11])
    assert joined[-len(RECEIPT[12:]) :][1:] == list(RECEIPT[13:])
    assert len(joined) == len(RECEIPT)


def test_two_receipts_of_one_shop_are_two() -> None:
    other = (
        *HEAD,
        "OAT DRINK 1.60",
        "RYE CRISPBREAD 1.10",
        "TOTAL 2.70",
        "CASH 5.00",
        "CHANGE 2.30",
        "THANK YOU",
    )
    assert stitch([shot(RECEIPT), shot(other)]) is None


def test_two_common_lines_are_too_few() -> None:
    assert stitch([shot(RECEIPT[:10]), shot(RECEIPT[8:])]) is None


def test_one_shot_is_not_joined_to_nothing() -> None:
    assert stitch([shot(RECEIPT)]) is None


@given(start=st.integers(0, 14), common=st.integers(0, 10))
def test_the_overlap_found_is_the_overlap_there_is(start: int, common: int) -> None:
    cut = min(len(RECEIPT), start + common)
    found = find_overlap(shot(RECEIPT[:cut]).rows, shot(RECEIPT[start:]).rows)
    if cut - start >= 3:
        assert found is not None
        assert found.pairs == tuple((start + at, at) for at in range(cut - start))
    else:
        assert found is None


def test_each_band_of_the_joined_picture_says_where_it_comes_from() -> None:
    shots = [shot(RECEIPT[7:], scale=1.4, left=25), shot(RECEIPT[:11])]
    named = [
        replace(each, taken=(Taken(0, AS_TAKEN, (each.picture.shape[1], each.picture.shape[0]), number),))
        for number, each in enumerate(shots)
    ]
    joined = stitch(named)
    assert joined is not None
    above, below = joined.taken
    assert ((above.shot, above.top), (below.shot, below.bottom)) == ((1, 0.0), (0, None))
    assert above.bottom == below.top
    (found,) = [each for each in joined.rows if each.text == row(FOOT[0], 0).text]
    (seen,) = [each for each in shots[0].rows if each.text == found.text]
    at, there = seen.boxes[0].quad.top_left, found.boxes[0].quad.top_left
    x, y, w = np.array(below.moved).reshape(3, 3) @ (at.x, at.y, 1.0)
    assert (x / w, y / w) == pytest.approx((there.x, there.y), abs=0.5)
