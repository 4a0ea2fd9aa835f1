"""What every OCR engine must do, on a page drawn here; and the whole way from pixels to a receipt."""

from __future__ import annotations

import io
from importlib.resources import as_file, files

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.document import read_document
from ocr.engines.base import Glance, OcrEngine, Picture
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
        rapid: OcrEngine = request.getfixturevalue("rapid")
        return rapid
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
    glance = engine.look(page())
    assert glance.quarter_turns == 0
    assert {squash(name) for name, _ in ROWS[2:5]} <= {squash(box.text) for box in glance.boxes} | words(
        glance
    )


def words(glance: Glance) -> set[str]:
    """What was read, rows whose name and price came in one box without the price."""
    return {squash(box.text.rsplit(" ", 1)[0]) for box in glance.boxes}


def test_an_engine_leaves_the_picture_as_it_is(engine: OcrEngine) -> None:
    picture = page()
    before = picture.copy()
    engine.look_again(picture, engine.look(picture).boxes, zoom=1.6)
    assert np.array_equal(picture, before)


def test_a_second_look_finds_what_the_first_did(engine: OcrEngine) -> None:
    first = engine.look(page()).boxes
    again = engine.look_again(page(), first, zoom=1.6)
    prices = {price for _, price in ROWS if price}
    for boxes in (first, again):
        assert prices <= {word for box in boxes for word in box.text.split()}


ACCENTS = (
    "Café crème brûlée 4,50 €",
    "Würstchen Öl Äpfel süß",
    "Jamón piña açaí £2.10",
    "Smörgås Blåbær Kølle",
)


def test_rapidocr_reads_the_accents_of_the_locales(rapid: RapidEngine) -> None:
    # Tesseract reads the languages whose data are installed; by default that is English.
    image = Image.new("RGB", (760, 330), "white")
    with as_file(files("font_lato").joinpath("files/Lato-Regular.ttf")) as file:
        font = ImageFont.truetype(str(file), 34)
    for number, text in enumerate(ACCENTS):
        ImageDraw.Draw(image).text((30, 30 + 70 * number), text, "black", font)
    boxes = rapid.recognise(np.ascontiguousarray(np.asarray(image, np.uint8)[:, :, ::-1]))
    letters = set("".join(box.text for box in boxes))
    assert set("éèûüÖÄößóñçíåæø€£") <= letters, boxes


def test_nothing_is_lost_at_the_seams_of_a_very_long_receipt(rapid: RapidEngine) -> None:
    lines = [f"ITEM NUMBER {number:03d} {number}.99" for number in range(110)]
    image = Image.new("RGB", (460, 60 + 48 * len(lines)), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    for number, text in enumerate(lines):
        draw.text((30, 30 + 48 * number), text, "black", font)
    boxes = rapid.recognise(np.ascontiguousarray(np.asarray(image, np.uint8)[:, :, ::-1]))
    read = sorted(boxes, key=lambda box: box.quad.top)
    assert [squash(box.text) for box in read] == [squash(text) for text in lines]


def test_a_picture_of_a_few_pixels_is_enlarged(rapid: RapidEngine) -> None:
    small = cv2.resize(page(), None, fx=0.42, fy=0.42, interpolation=cv2.INTER_AREA)
    read = " ".join(box.text for box in rapid.recognise(np.asarray(small, np.uint8)))
    assert all(price in read for _, price in ROWS if price)


def jpeg(picture: Picture) -> bytes:
    done, data = cv2.imencode(".jpg", picture)
    assert done
    return data.tobytes()


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_receipt_is_read_whichever_way_up_it_lies(quarters: int, rapid: RapidEngine) -> None:
    answer = read_document(
        jpeg(turn(page(), quarters)),
        MediaType.JPEG,
        engine=lambda: rapid,
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


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_the_engine_says_how_a_page_lies(quarters: int, rapid: RapidEngine) -> None:
    glance = rapid.look(turn(page(), quarters))
    assert glance.quarter_turns == (4 - quarters) % 4
    assert max(box.quad.right for box in glance.boxes) <= page().shape[1]
    assert {"0.87", "1.69", "8.99"} <= {box.text for box in glance.boxes}


def test_a_blank_photo_holds_no_text(rapid: RapidEngine) -> None:
    answer = read_document(
        jpeg(np.full((600, 400, 3), 200, np.uint8)),
        MediaType.JPEG,
        engine=lambda: rapid,
        defaults=ReadDefaults(Currency("USD")),
    )
    assert isinstance(answer, Rejection)
    assert answer.reason is RejectionReason.NO_TEXT
