"""QR codes and barcodes on pictures and PDF pages: found, placed, and within bounds."""

from __future__ import annotations

import datetime as dt
import time

import barcode
import numpy as np
import pytest
from numpy.typing import NDArray

from fixtures.generator.layouts.sheet import Gap, Squares
from fixtures.generator.paper import qr_modules
from fixtures.generator.sample import Kind, draw_sample
from ocr.documents.base import PageText
from ocr.documents.pdf import pdf_pages
from ocr.printed_codes import codes_on
from receipts.errors import Rejection

TEXT = "_R1-AT1_KASSE-7_4711_2026-03-05T14:05:12_23,40_0,00"


def paper(*, left: int = 60, top: int = 80, side_px: int = 5, text: str = TEXT) -> NDArray[np.uint8]:
    page = np.full((500, 400, 3), 240, dtype=np.uint8)
    dark = np.kron(qr_modules(text), np.ones((side_px, side_px), dtype=bool))
    page[top : top + dark.shape[0], left : left + dark.shape[1]][dark] = 20
    return page


def test_a_code_on_the_repaired_picture_has_its_place() -> None:
    page = paper()
    (code,) = codes_on(page, page)
    assert (code.kind, code.text) == ("QR Code", TEXT)
    assert code.quad is not None
    assert (round(code.quad.left), round(code.quad.top)) == (
        pytest.approx(60, abs=6),
        pytest.approx(80, abs=6),
    )


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_code_is_found(turns: int) -> None:
    page = np.ascontiguousarray(np.rot90(paper(), turns))
    assert [code.text for code in codes_on(page, page)] == [TEXT]


def test_a_code_that_the_repair_cut_off_is_found_without_a_place() -> None:
    blank = np.full((300, 300, 3), 240, dtype=np.uint8)
    (code,) = codes_on(blank, paper())
    assert (code.text, code.quad) == (TEXT, None)


def test_a_barcode_is_found_beside_a_code() -> None:
    page = paper()
    bars = barcode.get_barcode_class("code128")("TC-4711-0093").build()[0]
    dark = np.repeat(np.array([each == "1" for each in bars]), 2)
    page[400:450, 20 : 20 + dark.size][:, dark] = 20
    assert {code.text for code in codes_on(page, page)} == {TEXT, "TC-4711-0093"}


def test_nothing_is_found_on_nothing() -> None:
    blank = np.full((90, 70, 3), 255, dtype=np.uint8)
    assert codes_on(blank, blank) == ()


def test_a_picture_of_a_thousand_corners_takes_a_moment() -> None:
    corner = np.zeros((9, 9), dtype=np.uint8)
    corner[[0, 8], :] = corner[:, [0, 8]] = corner[2, 2:7] = corner[6, 2:7] = 255
    corner[2:7, 2] = corner[2:7, 6] = 255
    page = np.repeat(np.tile(np.kron(corner, np.ones((3, 3), np.uint8)), (40, 30))[:, :, None], 3, axis=2)
    started = time.process_time()
    assert len(codes_on(page, page)) <= 12
    assert time.process_time() - started < 3


def test_a_pdf_of_words_and_a_drawn_code_gives_both() -> None:
    day = dt.date(2026, 3, 5)
    sample = draw_sample("codes", kind=Kind.PDF_TEXT, purchased_on=day, below=(Gap(), Squares(TEXT)))
    pages = pdf_pages(sample.data)
    assert not isinstance(pages, Rejection)
    (page,) = pages
    assert isinstance(page, PageText)
    (code,) = page.codes
    assert code.text == TEXT
    assert code.quad is not None
    # Below the last line, on the text's own scale.
    assert code.quad.bottom <= page.height_px
    assert code.quad.top > page.rows[-1].boxes[0].quad.top


def test_a_pdf_of_words_alone_is_not_drawn_for_codes() -> None:
    sample = draw_sample("words", kind=Kind.PDF_TEXT, purchased_on=dt.date(2026, 3, 5))
    pages = pdf_pages(sample.data)
    assert not isinstance(pages, Rejection)
    assert [page.codes for page in pages if isinstance(page, PageText)] == [()]
