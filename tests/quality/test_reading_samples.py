"""The committed samples read as their labels say: those with text of their own, and some photographs."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fixtures.generator.label_file import label_json
from fixtures.generator.sample import Kind, draw_sample
from ingest.accept import DEFAULT_LIMITS
from ocr.document import read_document
from ocr.engines.base import OcrEngine
from ocr.engines.rapid import RapidEngine
from ocr.parse import ReadDefaults
from pipeline.mail_reading import read_any
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency, Money
from receipts.receipt import Receipt

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "samples"
TYPES = {
    ".pdf": MediaType.PDF,
    ".html": MediaType.HTML,
    ".eml": MediaType.EMAIL,
    ".txt": MediaType.TEXT,
    ".jpg": MediaType.JPEG,
    ".webp": MediaType.WEBP,
}
OWN_TEXT = ("larderline.pdf", "larderline-page.html", "larderline-mail.eml", "quillbys-text.txt")
PHOTOGRAPHS = ("greenloft.jpg", "harrowgate.jpg", "dollar-lantern.jpg")
DRAWN = {Kind.PDF_TEXT: ".pdf", Kind.HTML: ".html", Kind.EMAIL: ".eml", Kind.TEXT: ".txt"}
DRAWN_OF_EACH = 4
PURCHASED_ON = date(2026, 11, 20)

Item = tuple[str, Decimal, Decimal]


def no_engine() -> OcrEngine:
    raise AssertionError("the engine was loaded")


def number(value: Money | float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.01"))


def items_read(receipt: Receipt) -> list[Item]:
    return [
        (item.description, number(item.amount) or Decimal(0), number(item.discount) or Decimal(0))
        for item in receipt.items
    ]


def items_printed(label: dict[str, Any]) -> list[Item]:
    """A full stop that ends a shortened name is not kept."""
    return [
        (
            item["description"].rstrip("."),
            number(item["amount"]) or Decimal(0),
            number(item["discount"]) or Decimal(0),
        )
        for item in label["items"]
    ]


def label_of(name: str) -> dict[str, Any]:
    label: dict[str, Any] = json.loads((SAMPLES / "labels" / f"{Path(name).stem}.json").read_text("utf-8"))
    return label


def read(data: bytes, suffix: str, label: dict[str, Any]) -> Receipt:
    answer = read_any(
        data,
        TYPES[suffix],
        engine=no_engine,
        defaults=ReadDefaults(Currency(label["currency"])),
        limits=DEFAULT_LIMITS,
    )
    assert not isinstance(answer, Rejection), answer
    (reading,) = answer
    return reading.receipt


@pytest.mark.parametrize("name", OWN_TEXT)
def test_samples_with_their_own_text_are_read_whole(name: str) -> None:
    label = label_of(name)
    receipt = read((SAMPLES / name).read_bytes(), Path(name).suffix, label)
    assert items_read(receipt) == items_printed(label)
    assert [number(value) for value in (receipt.subtotal, receipt.total)] == [
        number(label["subtotal"]),
        number(label["total"]),
    ]
    assert receipt.date == date.fromisoformat(label["date"])
    assert receipt.receipt_number == label["receipt_number"]
    assert receipt.retailer.name == label["retailer"]
    assert receipt.balanced


@pytest.mark.parametrize("kind", DRAWN)
def test_other_drawn_documents_are_read_whole(kind: Kind) -> None:
    for position in range(DRAWN_OF_EACH):
        sample = draw_sample(f"reading/{position}", kind=kind, purchased_on=PURCHASED_ON)
        label = json.loads(label_json(sample.label))
        receipt = read(sample.data, DRAWN[kind], label)
        assert items_read(receipt) == items_printed(label), position
        assert number(receipt.total) == number(label["total"])
        assert number(receipt.tax) == number(label["tax"])
        assert receipt.date == PURCHASED_ON


@pytest.mark.slow
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_give_their_items_and_total(name: str, rapid: RapidEngine) -> None:
    label = label_of(name)
    answer = read_document(
        (SAMPLES / name).read_bytes(),
        TYPES[Path(name).suffix],
        engine=lambda: rapid,
        defaults=ReadDefaults(Currency(label["currency"])),
    )
    assert not isinstance(answer, Rejection), answer
    receipt = answer[0].receipt
    paid = sorted(amount - discount for _, amount, discount in items_read(receipt))
    assert paid == sorted(amount - discount for _, amount, discount in items_printed(label))
    assert number(receipt.total) == number(label["total"])
    assert receipt.date == date.fromisoformat(label["date"])
    assert receipt.balanced
