"""The demo's cases, and the files that nobody should open carelessly."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib

import pypdfium2 as pdfium
import pytest
from PIL import Image, UnidentifiedImageError

from fixtures import hostile
from fixtures.scenarios import MEMBER, OTHER_MEMBER, Scenario, scenarios, set_stage
from fixtures.scenarios.refusals import refusals
from receipts.award import DeclineReason
from receipts.errors import RejectionReason
from receipts.state import ReceiptState

DAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def cases() -> tuple[Scenario, ...]:
    return scenarios(DAY, 1)


def test_every_case_has_a_name_a_sender_and_an_end(cases: tuple[Scenario, ...]) -> None:
    names = [case.name for case in cases]
    assert len(set(names)) == len(names) >= 14
    assert {case.sender for case in cases} == {MEMBER, OTHER_MEMBER}
    assert {case.expected for case in cases} == {
        ReceiptState.AWARDED, ReceiptState.HELD, ReceiptState.DECLINED, ReceiptState.REJECTED,
    }  # fmt: skip
    for case in cases:
        assert case.story
        assert bool(case.reasons) == (case.expected is not ReceiptState.AWARDED)
        assert (case.points is not None) or case.expected is not ReceiptState.AWARDED


def test_reasons_are_codes_that_exist(cases: tuple[Scenario, ...]) -> None:
    rejections, declines = {each.value for each in RejectionReason}, {each.value for each in DeclineReason}
    for case in cases:
        if case.expected is ReceiptState.REJECTED:
            assert set(case.reasons) & rejections
        if case.expected is ReceiptState.DECLINED:
            assert set(case.reasons) <= declines


def test_a_repeat_is_sent_by_another_member_after_what_it_repeats(cases: tuple[Scenario, ...]) -> None:
    names = [case.name for case in cases]
    repeats = [case for case in cases if case.repeats]
    assert repeats
    for case in repeats:
        first = cases[names.index(case.repeats)]
        assert names.index(first.name) < names.index(case.name)
        assert first.sender != case.sender
        assert first.data != case.data


def test_cases_repeat_by_seed_and_day_and_differ_by_seed(cases: tuple[Scenario, ...]) -> None:
    before = {case.name: case.data for case in cases}
    again, other = refusals(set_stage(DAY, 1)), refusals(set_stage(DAY, 2))
    assert {case.name: case.data for case in again}.items() <= before.items()
    assert {case.name for case in other if case.data != before[case.name]} == {
        "not-ours",
        "blurred",
        "shopping-list",
    }


def test_the_huge_png_is_whole_and_small_on_the_wire() -> None:
    data = hostile.huge_png()
    assert len(data) < 500_000
    assert struct.unpack(">II", data[16:24]) == (50_000, 50_000)
    length = struct.unpack(">I", data[33:37])[0]
    unpacker, opened, rest = zlib.decompressobj(), 0, data[41 : 41 + length]
    while rest:
        opened += len(unpacker.decompress(rest, 1 << 24))
        rest = unpacker.unconsumed_tail
    assert unpacker.eof
    assert opened == 50_000 * 6_251


def test_the_truncated_jpeg_opens_and_breaks_off() -> None:
    with Image.open(io.BytesIO(hostile.truncated_jpeg())) as picture:
        assert picture.size == (1200, 1600)
        with pytest.raises(OSError, match="truncated"):
            picture.load()


def test_the_oversized_jpeg_has_its_size_and_is_a_picture() -> None:
    data = hostile.oversized_jpeg()
    assert len(data) == 60_000_000
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()


def test_the_others_are_what_they_are_called() -> None:
    assert hostile.empty() == b""
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(hostile.text_as_jpeg()))
    with Image.open(io.BytesIO(hostile.gif())) as picture:
        assert picture.format == "GIF"
    with Image.open(io.BytesIO(hostile.tiny_png())) as picture:
        assert picture.size == (8, 8)
    assert b"<svg" in hostile.svg()
    assert zipfile.ZipFile(io.BytesIO(hostile.zip_archive())).namelist() == ["receipt.txt"]


def test_the_pdfs_have_too_many_pages_and_too_large_a_page() -> None:
    many, wide = pdfium.PdfDocument(hostile.many_page_pdf()), pdfium.PdfDocument(hostile.wide_page_pdf())
    assert len(many) == 2_000
    assert wide.get_page_size(0) == (14_400, 14_400)
    many.close()
    wide.close()


def test_every_hostile_file_can_be_made_by_name() -> None:
    for name, (file_name, make) in hostile.HOSTILE.items():
        assert "." in file_name, name
        assert make.__doc__, name
