"""Which pictures are refused unread, which are read though doubted, and what the member is told."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from bench.picture_verdict.spoil import draw
from fixtures.generator.dice import Dice
from fixtures.generator.photograph import phone_conditions
from fixtures.generator.sample import Kind, draw_sample
from ocr.document import read_document
from ocr.engines.base import OcrEngine, Picture
from ocr.parse import ReadDefaults
from ocr.picture.verdict import judge_picture
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency, Money
from receipts.receipt import LineItem, Receipt, Retailer


@cache
def good() -> Picture:
    """A photograph of a receipt on a table, as small phones send it."""
    conditions = replace(
        phone_conditions(Dice("a calm afternoon")),
        scale=0.5,
        blur_px=0.5,
        shake_px=0.0,
        fade=0.1,
        shadow=0.1,
        exposure=0.95,
        turn_deg=1.0,
        keystone=0.01,
    )
    sample = draw_sample("verdict", kind=Kind.PNG, purchased_on=dt.date(2026, 2, 14), conditions=conditions)
    assert sample.upright is not None
    return np.ascontiguousarray(sample.upright.pixels[:, :, ::-1])


def upside(picture: Picture) -> Picture:
    return np.ascontiguousarray(np.rot90(picture, 2))


def enlarged(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=3.0, fy=3.0, interpolation=cv2.INTER_CUBIC), np.uint8)


def test_a_page_shaken_along_its_lines_is_as_sharp_however_it_lies() -> None:
    shaken = np.asarray(cv2.blur(good(), (5, 1)), np.uint8)
    level = judge_picture(shaken).measures
    for quarters in (1, 3):
        turned = judge_picture(np.rot90(shaken, quarters).copy())
        assert turned.sight.printed.sideways
        assert turned.measures.edges == pytest.approx(level.edges, rel=0.05)
        assert turned.measures.focus == pytest.approx(level.focus, rel=0.05)


@pytest.mark.parametrize(
    "change", [lambda picture: picture, upside, lambda picture: np.rot90(picture).copy(), enlarged]
)
def test_a_good_photo_is_not_refused_however_it_lies(change: Callable[[Picture], Picture]) -> None:
    assert not judge_picture(change(good())).hopeless


def test_prices_at_an_edge_count_by_the_papers_sides_not_the_frames() -> None:
    """Cut through its last lines a receipt is read; lying on its side, they are at the frame's right."""
    page = good()
    short = page[: int(0.52 * len(page))]
    upright = judge_picture(np.ascontiguousarray(short))
    assert not upright.hopeless, upright.said
    for quarters in (1, 3):
        turned = judge_picture(np.rot90(short, quarters).copy())
        assert turned.sight.printed.sideways
        assert not turned.hopeless, turned.said


def moved(picture: Picture, down: int, across: int) -> Picture:
    """The camera moved evenly that way while the shutter was open."""
    size = max(down, across)
    kernel = np.zeros((size, size), np.float32)
    for step in range(size):
        kernel[step * down // size, step * across // size] = 1 / size
    return np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)


@pytest.mark.parametrize("quarters", [0, 1])
def test_a_camera_that_moved_down_the_lines_or_aslant_is_told_from_a_still_one(quarters: int) -> None:
    still, down, aslant = (
        judge_picture(np.rot90(picture, quarters).copy())
        for picture in (good(), moved(good(), 5, 1), moved(good(), 7, 7))
    )
    assert min(still.measures.down, still.measures.aslant) > 0.85
    assert down.measures.down < 0.5 < down.measures.aslant
    assert aslant.measures.aslant < 0.65 < aslant.measures.down
    assert all(shaken.hopeless and shaken.flaw is RejectionReason.BLURRED for shaken in (down, aslant))


SPOILED: dict[str, tuple[Callable[[], Picture], RejectionReason]] = {
    "blurred": (lambda: blurred(good()), RejectionReason.BLURRED),
    "blurred and large": (lambda: enlarged(blurred(good())), RejectionReason.BLURRED),
    "shaken": (lambda: shaken(good()), RejectionReason.BLURRED),
    "dark": (lambda: (good() * 0.05).astype(np.uint8), RejectionReason.TOO_DARK),
    "far away": (lambda: shrunk(good(), 0.18), RejectionReason.TOO_SMALL),
    "a table": (lambda: np.full((900, 700, 3), 120, np.uint8), RejectionReason.NO_TEXT),
    "glare": (lambda: with_glare(good()), RejectionReason.GLARE),
}


def blurred(picture: Picture) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 6.0), np.uint8)


def shaken(picture: Picture) -> Picture:
    """The camera moved aslant by two lines while the shutter was open."""
    kernel = np.eye(35, dtype=np.float32) / 35
    return np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)


def shrunk(picture: Picture, scale: float) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def with_glare(picture: Picture) -> Picture:
    light = np.zeros(picture.shape[:2], np.float32)
    height, width = light.shape
    cv2.ellipse(light, (width // 2, height // 2), (width // 3, height // 3), 0, 0, 360, 1.5, cv2.FILLED)
    light = np.asarray(cv2.GaussianBlur(light, (0, 0), width / 25), np.float32)
    return np.clip(picture + 255 * light[..., None], 0, 255).astype(np.uint8)


@pytest.mark.parametrize("kind", SPOILED)
def test_what_cannot_be_read_is_refused_for_what_is_wrong_with_it(kind: str) -> None:
    spoil, reason = SPOILED[kind]
    verdict = judge_picture(spoil())
    assert verdict.rejection is not None
    assert verdict.rejection.reason is reason, verdict.said
    assert "again" in verdict.rejection.member_sentence, "it says what to do"


def test_a_table_without_print_is_no_receipt() -> None:
    """Its grain joins to runs, as print does, but is nowhere as dark."""
    verdict = judge_picture(draw("held-nothing-00", "nothing").picture)
    assert verdict.measures.runs > 10
    assert verdict.rejection is not None
    assert verdict.rejection.reason is RejectionReason.NO_TEXT


def test_prices_outside_of_the_frame_are_missed() -> None:
    width = good().shape[1]
    verdict = judge_picture(np.ascontiguousarray(good()[:, : int(0.55 * width)]))
    assert verdict.flaw is RejectionReason.CUT_OFF, verdict.said
    vague = Rejection(RejectionReason.NOT_A_RECEIPT)
    assert verdict.better(vague).reason is RejectionReason.CUT_OFF


def test_a_good_picture_that_is_no_receipt_is_told_so() -> None:
    told = judge_picture(good()).better(Rejection(RejectionReason.NOT_A_RECEIPT, "a note"))
    assert (told.reason, told.detail) == (RejectionReason.NOT_A_RECEIPT, "a note")


def read_as(items: tuple[LineItem, ...]) -> Receipt:
    return Receipt(
        retailer=Retailer(),
        date=None,
        time=None,
        currency=Currency("USD"),
        receipt_number="",
        subtotal=None,
        tax=None,
        total=None,
        items=items,
        is_refund=False,
        balanced=False,
        confidence=(),
    )


@pytest.mark.parametrize(("sure", "refused"), [(0.1, True), (0.6, False)])
def test_what_was_read_next_to_not_at_all_is_to_be_taken_again(sure: float, refused: bool) -> None:
    line = LineItem(0, "B4 xx", Decimal(1), None, Money(614, Currency("USD")), None, None, sure)
    receipt = read_as((line,))
    told = judge_picture(good()).after(receipt)
    assert (told is not None and told.reason is RejectionReason.UNREADABLE) is refused
    assert judge_picture(good()).after(replace(receipt, balanced=True)) is None
    assert judge_picture(good()).after(replace(receipt, items=())) is None


def test_a_precise_reason_stays() -> None:
    doubted = judge_picture(blurred(good()))
    assert doubted.better(Rejection(RejectionReason.CANCELLED)).reason is RejectionReason.CANCELLED


def screenshot(*, ink: str, ground: str) -> Picture:
    page = Image.new("RGB", (750, 1334), ground)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(26)
    for row in range(22):
        pen.text((40, 60 + 52 * row), f"Sparkling water {row} x 6", fill=ink, font=font)
        pen.text((620, 60 + 52 * row), f"{row}.49", fill=ink, font=font)
    return np.ascontiguousarray(np.asarray(page)[:, :, ::-1])


@pytest.mark.parametrize(("ink", "ground"), [("black", "white"), ("white", "black"), ("#ddd", "#181818")])
def test_screenshots_are_read_dark_ones_as_well(ink: str, ground: str) -> None:
    verdict = judge_picture(screenshot(ink=ink, ground=ground))
    assert not verdict.hopeless, (verdict.flaw, verdict.said)


def test_a_dark_picture_is_refused_without_an_engine() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (900, 1200), (9, 9, 9)).save(buffer, "JPEG")

    class Idle(OcrEngine):
        name = version = "idle"

        def recognise(self, picture: Picture, *, zoom: float = 1.0) -> tuple[()]:
            raise AssertionError("the engine was asked to read")

        def quarter_turns(self, picture: Picture) -> int:
            raise AssertionError("the engine was asked to read")

    answer = read_document(
        buffer.getvalue(), MediaType.JPEG, engine=Idle, defaults=ReadDefaults(Currency("USD"))
    )
    assert isinstance(answer, Rejection)
    assert answer.reason is RejectionReason.TOO_DARK
