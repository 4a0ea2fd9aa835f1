"""What a page of at most 1 MB may cost, in seconds of this process."""

from __future__ import annotations

import time

import pytest

from ocr.document import ReadDefaults, read_document
from ocr.documents.html_guard import bounded
from ocr.engines.base import OcrEngine
from receipts.errors import Rejection
from receipts.image import MediaType

MOST_S = 8.0
"""Two to three on a machine that does nothing else."""


def _no_engine() -> OcrEngine:
    raise AssertionError("a page has text of its own")


def _attributes(count: int) -> bytes:
    return b" ".join(b"a%x" % number for number in range(count))


@pytest.mark.parametrize(
    "page",
    [
        b"<div " + _attributes(90_000) + b">x",
        b'<script>x="<a b=\'"</script><svg><style><a c="</style><div ' + _attributes(80_000) + b">x",
        b"<table>" + (b"<tr>" + b"<td rowspan=60000 colspan=1000>1.00" * 20) * 1_200,
        b"<table><tr>" + b"".join(b"<td>" + b"x" * 100 for _ in range(9_000)),
        b"<p>a" * 240_000,
        b"<table>" + b"<tr><td>Item<td>5.00" * 45_000,
        b"<style>.a{" + b"color:red;x:y;" * 1_000 + b"}</style>" + b"<p class=a>x" * 30_000,
    ],
)
def test_a_hostile_page_is_no_receipt_within_seconds(page: bytes) -> None:
    started = time.process_time()
    answer = read_document(page, MediaType.HTML, engine=_no_engine, defaults=ReadDefaults(currency="USD"))
    assert time.process_time() - started < MOST_S
    assert isinstance(answer, Rejection)


@pytest.mark.parametrize("line", [b"Item 5.00   " * 60, b"2026-11-21 14:05 ", b"Order 123 Total 5.00"])
def test_a_megabyte_of_lines_is_no_receipt_within_seconds(line: bytes) -> None:
    data = (line + b"\r\n") * (1_000_000 // len(line))
    started = time.process_time()
    answer = read_document(data, MediaType.TEXT, engine=_no_engine, defaults=ReadDefaults(currency="USD"))
    assert time.process_time() - started < MOST_S
    assert isinstance(answer, Rejection)


def test_sums_of_every_kind_are_combined_in_bounded_time() -> None:
    """20 rows of each of five kinds would make three million totals."""
    kinds = ("Subtotal", "Tax", "Tip", "Rounding", "Discount")
    rows = [f"{kind}   {100 + 7 * at + len(kind)}.{at:02}" for kind in kinds for at in range(20)]
    text = "\n".join(["Corner Shop", "2026-11-21", "Oats   3.99", "Bread   2.50", *rows, "Total   6.49"])
    started = time.process_time()
    read_document(text.encode(), MediaType.TEXT, engine=_no_engine, defaults=ReadDefaults(currency="USD"))
    assert time.process_time() - started < MOST_S


def test_a_page_is_read_up_to_what_costs_too_much() -> None:
    kept = "<p title='a > b'>Total 5.00</p>"
    assert bounded(kept) == kept
    assert bounded(kept + "<div " + _attributes(90_000).decode() + ">") == kept
