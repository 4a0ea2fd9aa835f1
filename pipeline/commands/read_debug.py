"""`tillpoints read --debug DIR`: how a file was read, as pictures and one page that needs nothing beside it.

Pictures of steps are painted over where card numbers stand, as the kept picture is; the page's text comes
from a reading that is masked already.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ocr.document import Reading
from ocr.engines.base import EngineSource, OcrEngine, Picture
from receipts.errors import MEMBER_SENTENCES, Rejection
from receipts.image import IMAGE_TYPES, MediaType
from receipts.money import Currency, Money
from receipts.receipt import Receipt, Retailer
from receipts.transcript import Quad, TextBox, TextSource, Transcript

if TYPE_CHECKING:
    from ocr.picture.verdict import PictureVerdict  # OpenCV, which text documents never need

SURE, FAIR = 0.95, 0.8
"""Confidence from which on a thing is drawn as sure, or as fair."""
PAGE_PICTURE_PX: Final = 1800
"""Long side of a picture within the page; the files beside it keep their size."""
STEP_PICTURE_PX: Final = 900
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
MAX_NAME_LENGTH: Final = 100
"""Of a folder's name, before a number behind it: file systems take 255 bytes."""


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    said: str
    uri: str


def write_debug(
    folder: Path,
    *,
    data: bytes,
    media_type: MediaType,
    name: str,
    answer: tuple[Reading, ...] | Rejection,
    engine: EngineSource,
) -> Path:
    """Write what became of a file into `folder`, which is made; the page's path.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    readings = () if isinstance(answer, Rejection) else answer
    picture = media_type in IMAGE_TYPES
    steps, measures, verdict = _picture_part(folder, data, media_type, engine) if picture else ([], [], "")
    for number, reading in enumerate(readings, start=1):
        if reading.picture_jpeg is not None:
            (folder / f"read-{number}.jpg").write_bytes(reading.picture_jpeg)
    page = _TEMPLATES.get_template("read_debug.html").render(
        name=name,
        rejection=answer if isinstance(answer, Rejection) else None,
        pages=[_page(reading) for reading in readings],
        seconds=sum(reading.seconds.total for reading in readings),
        reader=readings[0].reader_version if readings else "",
        steps=steps,
        measures=measures,
        verdict=verdict,
    )
    path = folder / "index.html"
    path.write_text(page, encoding="utf-8")
    return path


_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _picture_part(
    folder: Path, data: bytes, media_type: MediaType, engine: EngineSource
) -> tuple[list[_Step], list[tuple[str, str]], str]:
    from ocr.decode import decode
    from ocr.picture.ink import strengthened
    from ocr.picture.steps import Page, repair
    from ocr.picture.verdict import judge_picture

    frame = decode(data, media_type)
    if isinstance(frame, Rejection):
        return [], [], ""
    judged = judge_picture(frame.picture)
    seen: list[tuple[str, Page]] = [("decode", Page(frame.picture))]
    repair(frame.picture, sight=judged.sight, seen=lambda name, page: seen.append((name, page)))
    seen.append(("strengthened", Page(strengthened(seen[-1][1].picture))))
    steps: list[_Step] = []
    before: Picture | None = None
    for number, (name, page) in enumerate(seen):
        if page.picture is before:
            steps.append(_Step(name, "left as it was", ""))
            continue
        before = page.picture
        jpeg = _painted(page.picture, engine())
        (folder / f"step-{number}-{name}.jpg").write_bytes(jpeg)
        height, width = page.picture.shape[:2]
        steps.append(_Step(name, f"{width} x {height} pixels", _data_uri(jpeg, STEP_PICTURE_PX)))
    return steps, list(_measures(asdict(judged.measures))), _said(judged)


def _said(judged: PictureVerdict) -> str:
    if judged.flaw is None:
        return "Nothing is wrong with the picture."
    fate = "refused unread" if judged.hopeless else "read anyway"
    return f"{judged.flaw.value}, {fate}: {MEMBER_SENTENCES[judged.flaw]}"


def _measures(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        parts = value if isinstance(value, tuple) else (value,)
        yield name.replace("_", " "), ", ".join(f"{part:.3g}" for part in parts)


def _painted(picture: Picture, engine: OcrEngine) -> bytes:
    """The picture as JPEG without card numbers, which are looked for on it as it is at this step."""
    import cv2

    from ocr.blackout import JPEG_QUALITY, black_out
    from ocr.masking import mask_reading
    from ocr.rows import row_readings

    done, buffer = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the picture cannot be written as JPEG")
    height, width = picture.shape[:2]
    rows = row_readings(engine.recognise(picture))[0]
    transcript = Transcript(width, height, rows, TextSource.OCR, engine.name)
    quads = mask_reading(_NOTHING_READ, transcript).card_quads
    return black_out(buffer.tobytes(), quads) if quads else buffer.tobytes()


_NOTHING_READ: Final = Receipt(
    Retailer(), None, None, Currency("USD"), "", None, None, None, (), is_refund=False, balanced=False,
    confidence=(),
)  # fmt: skip


def _data_uri(jpeg: bytes, long_side_px: int) -> str:
    import cv2
    import numpy as np

    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError("a JPEG of our own does not open")
    scale = long_side_px / max(picture.shape[:2])
    if scale < 1.0:
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def _page(reading: Reading) -> dict[str, Any]:
    transcript, receipt = reading.transcript, reading.receipt
    jpeg = reading.picture_jpeg
    width, height = _extent(transcript)
    letter = max(width, height) / 75
    return {
        "width": f"{width:.0f}",
        "height": f"{height:.0f}",
        "letter": f"{letter:.1f}",
        "uri": "" if jpeg is None else _data_uri(jpeg, PAGE_PICTURE_PX),
        "boxes": [_box(box) for row in transcript.rows for box in row.boxes],
        "row_marks": [" ".join(_ends(row.boxes)) for row in transcript.rows if row.boxes],
        "item_marks": [_points(quad) for item in receipt.items for quad in item.quads],
        "field_marks": [
            {
                "points": _points(entry.quad),
                "x": f"{entry.quad.left:.0f}",
                "y": f"{max(letter, entry.quad.top - 0.3 * letter):.0f}",
                "field": entry.field,
                "confidence": f"{entry.value:.2f}",
            }
            for entry in receipt.confidence
            if entry.quad is not None
        ],
        "rows": [
            {"text": row.text, "confidence": f"{row.confidence:.2f}", "grade": _grade(row.confidence)}
            for row in transcript.rows
        ],
        "fields": list(_fields(receipt)),
        "goods": list(_items(receipt)),
        "sums": "The sums close: items, discounts and tax come to the total."
        if receipt.balanced
        else "The sums do not close.",
    }


def _extent(transcript: Transcript) -> tuple[float, float]:
    """The page's size; at least as large as what stands on it, for texts that are laid out in letters."""
    quads = [box.quad for row in transcript.rows for box in row.boxes]
    return (
        max([1.0, float(transcript.width_px), *(quad.right for quad in quads)]),
        max([1.0, float(transcript.height_px), *(quad.bottom for quad in quads)]),
    )


def _points(quad: Quad) -> str:
    corners = (quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left)
    return " ".join(f"{corner.x:.1f},{corner.y:.1f}" for corner in corners)


def _ends(boxes: tuple[TextBox, ...]) -> Iterator[str]:
    """Through the middle of each box's left and right side."""
    for box in boxes:
        quad = box.quad
        for top, bottom in ((quad.top_left, quad.bottom_left), (quad.top_right, quad.bottom_right)):
            yield f"{(top.x + bottom.x) / 2:.1f},{(top.y + bottom.y) / 2:.1f}"


def _box(box: TextBox) -> dict[str, str]:
    quad = box.quad
    return {
        "points": _points(quad),
        "text": box.text,
        "confidence": f"{box.confidence:.2f}",
        "grade": _grade(box.confidence),
        "x": f"{quad.left:.1f}",
        "y": f"{quad.bottom - 0.2 * (quad.bottom - quad.top):.1f}",
        "size": f"{0.8 * (quad.bottom - quad.top):.1f}",
        "length": f"{max(1.0, quad.right - quad.left):.1f}",
    }


def _grade(confidence: float) -> str:
    return "sure" if confidence >= SURE else "fair" if confidence >= FAIR else "poor"


def _fields(receipt: Receipt) -> Iterator[dict[str, str]]:
    shop = receipt.retailer
    values = {
        "retailer": ", ".join(filter(None, (shop.name, shop.store))),
        "date": receipt.date.isoformat() if receipt.date else "",
        "time": receipt.time.isoformat() if receipt.time else "",
        "receipt_number": receipt.receipt_number,
        "subtotal": _money(receipt.subtotal),
        "tax": _money(receipt.tax),
        "total": _money(receipt.total),
    }
    for name, value in values.items():
        sure = receipt.confidence_of(name)
        yield {
            "name": name.replace("_", " "),
            "value": value or "not read",
            "confidence": f"{sure:.2f}" if value else "",
            "grade": _grade(sure) if value else "",
        }


def _money(amount: Money | None) -> str:
    return "" if amount is None else f"{amount} {amount.currency}"


def _items(receipt: Receipt) -> Iterator[dict[str, str]]:
    for item in receipt.items:
        yield {
            "quantity": f"{item.quantity.normalize():f}",
            "description": item.description,
            "code": item.code or "",
            "discount": "" if item.discount is None else str(item.discount),
            "amount": str(item.amount),
            "confidence": f"{item.confidence:.2f}",
            "grade": _grade(item.confidence),
        }


def folders_for(files: Sequence[Path], debug: Path) -> list[Path]:
    """Where each file's page goes: the folder itself for one file, one of its own for each of several.

    Names hold nothing that leads elsewhere, whatever the files are called, and differ in more than capitals.
    """
    if len(files) == 1:
        return [debug]
    taken: set[str] = set()
    folders: list[Path] = []
    for file in files:
        plain = _UNSAFE.sub("_", file.stem).lstrip(".")[:MAX_NAME_LENGTH] or "file"
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name.casefold())
        folders.append(debug / name)
    return folders
