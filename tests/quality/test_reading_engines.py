"""What every OCR engine must do, on a page drawn here; and the whole way from pixels to a receipt."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.document import read_document
from ocr.engines.base import OcrEngine, Picture
from ocr.engines.rapid import RapidEngine
from ocr.engines.tesseract import INSTALL_LINE, TesseractEngine, tesseract_available
from ocr.lines import squash
from ocr.parse import ReadDefaults
from ocr.picture.level import turn
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency

pytestmark = pytest.mark.slow
ROWS = (
    ("GREEN VALLEY FOODS", ""),
    ("12 Main Street Springfield IL 62701", ""),
    ("BANANAS ORGANIC", "0.87"),
    ("BROWN BREAD", "1.69"),
    ("OLIVE OIL 500ML", "8.99"),
    ("TOTAL", "11.55"),
    ("VISA", "11.55"),
    ("12/28/2023 16:33", ""),
)


def page() -> Picture:
    image = Image.new("RGB", (620, 520), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(26)
    for number, (name, price) in enumerate(ROWS):
        y = 30 + 56 * number
        draw.text((30, y), name, "black", font)
        draw.text((590 - draw.textlength(price, font), y), price, "black", font)
    return np.ascontiguousarray(np.asarray(image, np.uint8)[:, :, ::-1])


@pytest.fixture(scope="module", params=["rapidocr", "tesseract"])
def engine(request: pytest.FixtureRequest) -> OcrEngine:
    if request.param == "rapidocr":
        return RapidEngine()
    if not tesseract_available():
        pytest.skip(f"tesseract is missing; {INSTALL_LINE}")
    return TesseractEngine()


def test_an_engine_names_itself(engine: OcrEngine) -> None:
    assert engine.name in {"rapidocr", "tesseract"}
    assert engine.version[0].isdigit()


def test_an_engine_reads_every_row_where_it_stands(engine: OcrEngine) -> None:
    boxes = engine.recognise(page())
    read = {squash(box.text): box for box in boxes}
    for name, price in ROWS[2:6]:
        joined = [box for text, box in read.items() if squash(name) in text]
        assert joined, (name, list(read))
        assert any(squash(price) in text for text in read), (price, list(read))
        middle = (joined[0].quad.top + joined[0].quad.bottom) / 2
        row = 30 + 56 * [row[0] for row in ROWS].index(name) + 13
        assert abs(middle - row) < 20
    assert all(0 <= box.confidence <= 1 for box in boxes)


def test_boxes_lie_on_the_picture_at_every_zoom(engine: OcrEngine) -> None:
    for zoom in (0.8, 1.6):
        boxes = engine.recognise(page(), zoom=zoom)
        assert boxes
        assert max(box.quad.right for box in boxes) <= 640
        assert max(box.quad.bottom for box in boxes) <= 540


def test_an_empty_page_has_no_text(engine: OcrEngine) -> None:
    assert engine.recognise(np.full((400, 300, 3), 255, np.uint8)) == ()


def test_an_upright_page_needs_no_turn(engine: OcrEngine) -> None:
    assert engine.quarter_turns(page()) == 0


def jpeg(picture: Picture) -> bytes:
    done, data = cv2.imencode(".jpg", picture)
    assert done
    return data.tobytes()


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_receipt_is_read_whichever_way_up_it_lies(quarters: int) -> None:
    engine = RapidEngine()
    answer = read_document(
        jpeg(turn(page(), quarters)),
        MediaType.JPEG,
        engine=lambda: engine,
        defaults=ReadDefaults(Currency("USD")),
    )
    assert not isinstance(answer, Rejection)
    receipt = answer[0].receipt
    assert str(receipt.total) == "11.55"
    assert [item.description for item in receipt.items] == [
        "BANANAS ORGANIC",
        "BROWN BREAD",
        "OLIVE OIL 500ML",
    ]
    assert receipt.date is not None and receipt.date.isoformat() == "2023-12-28"
    assert receipt.balanced
    assert answer[0].picture_jpeg is not None
    shown = Image.open(io.BytesIO(answer[0].picture_jpeg))
    assert (shown.width, shown.height) == (answer[0].transcript.width_px, answer[0].transcript.height_px)


def test_a_blank_photo_holds_no_text() -> None:
    engine = RapidEngine()
    answer = read_document(
        jpeg(np.full((600, 400, 3), 200, np.uint8)),
        MediaType.JPEG,
        engine=lambda: engine,
        defaults=ReadDefaults(Currency("USD")),
    )
    assert isinstance(answer, Rejection)
    assert answer.reason is RejectionReason.NO_TEXT
