"""Bytes to pixels, repair, rows, and what happens to files that are no pictures."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.decode import Frame, decode, pages_of
from ocr.document import read_document
from ocr.engines.base import EngineError, Glance, OcrEngine, Picture
from ocr.engines.turns import lies_sideways
from ocr.parse import ReadDefaults
from ocr.picture.level import find_skew_deg, turn
from ocr.picture.paper import Paper, Sight, find_paper
from ocr.picture.prints import find_print
from ocr.picture.steps import Page, crop_paper, repair
from ocr.pictures import Verdict, read_picture
from ocr.rows import row_readings, rows_from_boxes, skew_slope
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency
from receipts.transcript import Point, Quad, Row, TextBox

DEFAULTS = ReadDefaults(Currency("USD"))
WIDTH, HEIGHT = 120, 200


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_transparent_pages_are_laid_on_white() -> None:
    page = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    frame = decode(saved(page, "PNG"), MediaType.PNG)
    assert isinstance(frame, Frame)
    assert frame.picture.min() == 255


def test_huge_photos_are_reduced_while_they_are_decoded() -> None:
    frame = decode(saved(Image.new("RGB", (9000, 6000), "white"), "JPEG"), MediaType.JPEG)
    assert isinstance(frame, Frame)
    assert max(frame.picture.shape) <= 4500
    assert frame.picture.shape[1] / frame.picture.shape[0] == pytest.approx(1.5, rel=0.01)


def test_every_page_of_a_tiff_is_found_but_small_copies() -> None:
    pages = [Image.new("L", (200, 300), shade) for shade in (255, 128, 64)]
    pages[1].encoderinfo = {"tiffinfo": {254: 1}}
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert pages_of(data, MediaType.TIFF) == (0, 2)
    frame = decode(data, MediaType.TIFF, page=2)
    assert isinstance(frame, Frame)
    assert frame.picture.max() == 64
    assert pages_of(b"II*\x00", MediaType.TIFF) == (0,)


def test_a_tiff_of_too_many_pages_is_refused_before_any_is_read() -> None:
    pages = [Image.new("L", (80, 80)) for _ in range(21)]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    answer = read_document(data, MediaType.TIFF, engine=never, defaults=DEFAULTS)
    assert isinstance(answer, Rejection)
    assert answer.reason is RejectionReason.TOO_MANY_PAGES


def never() -> OcrEngine:
    raise AssertionError("the engine was loaded")


@pytest.mark.parametrize(
    ("data", "media_type", "reason"),
    [
        (b"", MediaType.JPEG, RejectionReason.EMPTY),
        (b"%PDF-1.7 nothing", MediaType.PDF, RejectionReason.DAMAGED),
        (b"   \n ", MediaType.TEXT, RejectionReason.NO_TEXT),
        (b"<html><body></body></html>", MediaType.HTML, RejectionReason.NO_TEXT),
    ],
)
def test_empty_and_broken_documents_are_rejected(
    data: bytes, media_type: MediaType, reason: RejectionReason
) -> None:
    answer = read_document(data, media_type, engine=never, defaults=DEFAULTS)
    assert isinstance(answer, Rejection)
    assert answer.reason is reason


@pytest.mark.parametrize(
    "media_type", [MediaType.JPEG, MediaType.PNG, MediaType.WEBP, MediaType.HEIC, MediaType.TIFF]
)
def test_rubbish_in_the_name_of_a_picture_is_rejected(media_type: MediaType) -> None:
    assert isinstance(decode(b"\xff\xd8\xff" + bytes(range(256)) * 8, media_type), Rejection)


def test_a_truncated_jpeg_is_rejected() -> None:
    whole = saved(Image.effect_noise((400, 400), 90).convert("RGB"), "JPEG")
    answer = decode(whole[: len(whole) // 2], MediaType.JPEG)
    assert isinstance(answer, Rejection)
    assert answer.reason is RejectionReason.DAMAGED


def test_a_bomb_is_refused_by_its_header() -> None:
    header = bytearray(saved(Image.new("1", (8, 8)), "PNG"))
    header[16:24] = (50_000).to_bytes(4, "big") * 2
    answer = decode(bytes(header), MediaType.PNG)
    assert isinstance(answer, Rejection)


def test_paper_on_a_dark_table_is_found_and_flattened() -> None:
    frame = np.full((800, 600, 3), 40, np.uint8)
    corners = np.array([[150, 100], [450, 140], [430, 700], [130, 660]], np.int32)
    cv2.fillConvexPoly(frame, corners, (245, 245, 245))
    found = find_paper(find_print(frame))
    assert found is not None
    assert np.abs(found.corners - corners).max() < 12
    assert not found.leaves
    page = repair(frame)
    assert "crop_paper" in page.steps
    assert page.picture.mean() > 200


def test_a_page_that_fills_the_frame_is_left_alone() -> None:
    frame = np.full((800, 600, 3), 250, np.uint8)
    assert repair(frame).steps == ()


def print_on(page: Picture, *, left: int = 60, scale: float = 0.9, step: int = 40) -> Picture:
    for y in range(80, page.shape[0] - 60, step):
        for x in range(left, page.shape[1] - 250, 320):
            cv2.putText(page, "MILK 1 L  2.34", (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 2)
    return page


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_lines_that_run_up_or_down_are_set_level_before_the_paper_is_looked_for(quarters: int) -> None:
    page = print_on(np.full((900, 600, 3), 255, np.uint8))
    done = repair(np.ascontiguousarray(np.rot90(page, quarters)))
    assert ("set_on_end" in done.steps) == (quarters % 2 == 1)
    assert done.picture.shape[:2] == (900, 600)


CARD = np.array([[90, 150], [560, 20], [580, 880], [60, 860]], np.float32)
"""An outline whose sides do not run along the lines: of what the receipt lies on."""
RECEIPT = np.array([[20, 30], [580, 30], [580, 880], [20, 880]], np.float32)


@pytest.mark.parametrize(("corners", "cropped"), [(CARD, False), (RECEIPT, True)])
def test_an_outline_that_would_tilt_the_lines_is_not_cropped(corners: np.ndarray, cropped: bool) -> None:
    page = print_on(np.full((900, 600, 3), 255, np.uint8))
    sight = Sight(find_print(page), Paper(corners, frozenset()))
    assert (crop_paper(Page(page), sight).steps == ("crop_paper",)) is cropped


class Asked(OcrEngine):
    """Reads nothing, and remembers how large it was asked to look."""

    name = version = "asked"

    def __init__(self) -> None:
        self.zooms: list[float] = []

    def recognise(self, picture: Picture, *, zoom: float = 1.0) -> tuple[()]:
        self.zooms.append(zoom)
        return ()

    def usual_side_px(self, picture: Picture) -> int:
        return 960

    def quarter_turns(self, picture: Picture) -> int:
        return 0


@pytest.mark.parametrize(("scale", "small"), [(0.9, True), (2.4, False)])
def test_small_print_is_enlarged_before_the_first_look(scale: float, small: bool) -> None:
    engine = Asked()
    page = print_on(np.full((3000, 2000, 3), 255, np.uint8), scale=scale, step=round(44 * scale))
    read_picture(page, engine, lambda _rows: Verdict(worth=0.0, closed=True))
    assert 1.2 < engine.zooms[0] <= 2.0 if small else engine.zooms[0] == 1.0


class OnItsSide(Asked):
    """Tells from the text that the page lies on its side; its box is where the picture's red dot is."""

    name = version = "on its side"

    def look(self, picture: Picture, *, zoom: float = 1.0) -> Glance:
        quarters = 1 if picture.shape[1] > picture.shape[0] else 0
        self.zooms.append(zoom)
        return Glance((dot(turn(picture, quarters)),), quarters)


def dot(picture: Picture) -> TextBox:
    ys, xs = np.nonzero((picture[..., 2] > 150) & (picture[..., 0] < 100))
    x, y = float(xs.mean()) + 0.5, float(ys.mean()) + 0.5
    return box("dot", x - 20, y, width=40)


def test_a_page_that_only_its_text_tells_to_lie_sideways_is_repaired_once_it_stands() -> None:
    page = np.full((900, 600, 3), 255, np.uint8)
    for y in range(80, 840, 40):
        # Too far apart to join to runs either way, as a slip with little on it is.
        for x in range(80, 500, 60):
            cv2.putText(page, "M", (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    cv2.circle(page, (420, 300), 9, (0, 0, 255), cv2.FILLED)
    matrix = cv2.getRotationMatrix2D((300, 450), 4.0, 1.0)
    tilted = cv2.warpAffine(page, matrix, (600, 900), borderValue=(255, 255, 255))
    frame = turn(np.asarray(tilted, np.uint8), 3)
    engine, seen = OnItsSide(), list[tuple[Row, ...]]()

    def judge(rows: tuple[Row, ...]) -> Verdict:
        seen.append(rows)
        return Verdict(worth=float(len(seen)) if rows else 0.0, closed=False)

    best = read_picture(frame, engine, judge)
    assert abs(find_skew_deg(best.picture)) < 1.0, "levelled, which it was not before it stood"
    there = dot(frame).quad
    x, y, w = best.placed @ (
        (there.left + there.right) / 2,
        there.top_left.y / 2 + there.bottom_left.y / 2,
        1,
    )
    found = best.boxes[0].quad
    assert (x / w, y / w) == pytest.approx(
        ((found.left + found.right) / 2, (found.top_left.y + found.bottom_left.y) / 2), abs=1.5
    )


def test_tilted_lines_are_found_tilted() -> None:
    page = np.full((600, 600, 3), 255, np.uint8)
    for y in range(80, 540, 40):
        cv2.putText(page, "MILK AND BREAD  12.34", (60, y), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    matrix = cv2.getRotationMatrix2D((300, 300), 4.0, 1.0)
    tilted = cv2.warpAffine(page, matrix, (600, 600), borderValue=(255, 255, 255))
    assert find_skew_deg(np.asarray(tilted, np.uint8)) == pytest.approx(-4.0, abs=1.0)
    assert find_skew_deg(page) == 0.0


def test_four_quarter_turns_come_back() -> None:
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    turned = picture
    for _ in range(4):
        turned = turn(turned, 1)
    assert np.array_equal(turned, picture)


def box(text: str, left: float, middle: float, *, width: float = 0.0, slope: float = 0.0) -> TextBox:
    width = width or 12.0 * len(text)
    right, rise = left + width, slope * width
    y = middle + slope * left
    return TextBox(
        text,
        Quad(
            Point(left, y - 10), Point(right, y - 10 + rise), Point(right, y + 10 + rise), Point(left, y + 10)
        ),
        0.99,
    )


def test_boxes_of_a_tilted_page_come_to_rows() -> None:
    slope = 0.09  # five degrees
    boxes = [
        box(text, left, middle, slope=slope)
        for middle, name, price in (
            (40, "WHOLE MILK 1L", "1.20"),
            (70, "BROWN BREAD", "2.00"),
            (100, "TOTAL", "3.20"),
        )
        for text, left in ((price, 520.0), (name, 20.0))
    ]
    assert skew_slope(boxes) == pytest.approx(slope, abs=0.01)
    assert [row.text for row in rows_from_boxes(boxes)] == [
        "WHOLE MILK 1L 1.20",
        "BROWN BREAD 2.00",
        "TOTAL 3.20",
    ]


def test_level_pages_have_one_way_to_read_them() -> None:
    boxes = [box("MILK AND HONEY", 20, 40), box("1.20", 400, 41)]
    assert len(row_readings(boxes)) == 1


def test_boxes_on_their_end_mean_a_page_on_its_side() -> None:
    tall = np.array([[0, 0], [10, 0], [10, 90], [0, 90]], np.float32)
    level = np.array([[0, 0], [90, 0], [90, 10], [0, 10]], np.float32)
    assert lies_sideways([tall, tall, level])
    assert not lies_sideways([level, level, tall])


def test_an_engine_that_cannot_work_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from ocr.engines.tesseract import TesseractEngine

    monkeypatch.setenv("PATH", "")
    with pytest.raises(EngineError, match="apt-get install"):
        TesseractEngine()
