"""How sure the reader says it is: clues, scales and what several looks make of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.confidence.clues import PageClues
from ocr.confidence.judge import COUNTRY_DATE, OPEN_DATE, judged, judged_by_looks, sure_of
from ocr.confidence.scale import MOST, Scale, on_curve, scale_from, scales
from ocr.documents.text import text_page
from ocr.parse import Parsed, ReadDefaults, parse
from receipts.errors import Rejection
from receipts.money import Currency, Money
from receipts.receipt import Receipt

CLOSING = """
CORNER LARDER
12 MILL STREET
23/10/2026 14:05
OAT FLAKES         3.29
WHOLE MILK         3.99
TOTAL              7.28
CASH              10.00
CHANGE             2.72
"""
OPEN = CLOSING.replace("CASH              10.00\nCHANGE             2.72\n", "").replace("3.99", "8.99")


def looked(text: str) -> Parsed:
    page = text_page(text)
    assert not isinstance(page, Rejection)
    answer = parse(page.rows, ReadDefaults(currency=Currency("GBP")))
    assert isinstance(answer, Parsed)
    return answer


def again(best: Parsed, *others: Receipt) -> Receipt:
    return judged_by_looks(best.receipt, best.clues, others)[0]


def test_sums_that_close_make_total_and_lines_surer() -> None:
    closing, open_ = looked(CLOSING).receipt, looked(OPEN).receipt
    assert closing.balanced
    assert not open_.balanced
    assert closing.confidence_of("total") > open_.confidence_of("total")
    assert closing.items[0].confidence > open_.items[0].confidence
    assert closing.confidence_of("total") <= MOST


def test_a_look_that_reads_another_total_makes_it_less_sure() -> None:
    best = looked(OPEN)
    other = replace(best.receipt, total=Money(999, Currency("GBP")))
    assert again(best, other).confidence_of("total") < again(best, best.receipt).confidence_of("total")


def test_an_open_date_is_never_said_surely() -> None:
    sure = {"printed": 1.0, "closes": 1.0, "held": 1.0, "settled": 1.0}
    assert sure_of("date", {**sure, "settled": 0.0}) <= OPEN_DATE
    assert OPEN_DATE < sure_of("date", {**sure, "settled": 0.0, "by_country": 1.0}) <= COUNTRY_DATE
    assert sure_of("date", sure) > COUNTRY_DATE


def test_every_field_has_a_scale_and_each_clue_speaks_for_what_it_is_named_for() -> None:
    assert {"total", "date", "time", "receipt_number", "subtotal", "tax", "retailer", "line"} <= set(scales())
    against = {"orphans", "repaired", "unlike", "again"}
    for scale in scales().values():
        for name, weight in scale.weights.items():
            assert name == "bias" or (weight <= 0 if name in against else weight >= 0), name


def test_a_receipt_without_items_has_no_lines_to_judge() -> None:
    best = looked(CLOSING)
    bare = replace(best.receipt, items=())
    assert judged_by_looks(bare, PageClues(best.clues.fields, ()), ())[0].items == ()


@given(
    st.lists(st.tuples(st.floats(-20, 20), st.floats(0, 1)), min_size=1, max_size=8),
    st.floats(-60, 60),
    st.floats(-60, 60),
)
def test_a_scale_only_rises(points: list[tuple[float, float]], one: float, other: float) -> None:
    xs = sorted({round(x, 2) for x, _ in points})
    curve = tuple(zip(xs, sorted(y for _, y in points)[: len(xs)], strict=True))
    low, high = sorted((one, other))
    assert 0 <= on_curve(curve, low) <= on_curve(curve, high) + 1e-9
    assert Scale({"bias": high}, curve).said({}) <= MOST


@pytest.mark.parametrize(
    "entry",
    [
        {"weights": {}, "curve": []},
        {"weights": [], "curve": [[0, 1]]},
        {"weights": {}, "curve": [[0, 0.9], [1, 0.8]]},
        {"weights": {}, "curve": [[1, 0.8], [1, 0.9]]},
    ],
)
def test_a_broken_scale_is_refused(entry: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="fit_confidence"):
        scale_from(entry)


@pytest.mark.parametrize(("sign", "least", "most"), [("EUR ", 0.95, COUNTRY_DATE), ("", 0.0, OPEN_DATE)])
def test_a_currency_whose_countries_all_write_dates_alike_settles_an_open_one(
    sign: str, least: float, most: float
) -> None:
    page = f"CYCLE WORKS\n04/03/2024 10:15\nChain   {sign}28.00\nBell   {sign}2.00\nTotal   {sign}30.00"
    answer = parse(text_page(page).rows, ReadDefaults(Currency("GBP")))  # type: ignore[union-attr]
    assert isinstance(answer, Parsed)
    assert answer.receipt.date_alternative is not None
    assert least <= judged(answer.receipt, answer.clues).confidence_of("date") <= most
