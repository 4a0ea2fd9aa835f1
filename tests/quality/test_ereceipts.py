"""E-receipts as shops send them: our own layouts always, the real ones beside the clone where they are.

`layouts` were written before the rules, `later` and `third` after them: the figures of their first reading
stand in docs/reading.md.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bench.ereceipts import marks
from ocr.document import Reading, read_document
from ocr.engines.base import OcrEngine
from ocr.parse import ReadDefaults
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency, Money

HERE = Path(__file__).parent / "ereceipts"
SHARED = Path(os.environ.get("TILLPOINTS_SHARED") or Path(__file__).parents[3] / "shared") / "receipts"
TYPES = {".html": MediaType.HTML, ".txt": MediaType.TEXT, ".pdf": MediaType.PDF}
DEFAULTS = ReadDefaults(Currency("USD"))


def cases() -> list[Any]:
    found = []
    for folder in sorted(HERE.iterdir()):
        for name, wanted in json.loads((folder / "expected.json").read_text()).items():
            found.append(pytest.param(folder / name, wanted, id=f"{folder.name}-{name}"))
    return found


def no_engine() -> OcrEngine:
    raise AssertionError("the engine was loaded")


def read(path: Path) -> tuple[Reading, ...] | Rejection:
    return read_document(path.read_bytes(), TYPES[path.suffix], engine=no_engine, defaults=DEFAULTS)


def as_printed(reading: Reading) -> dict[str, Any]:
    receipt = reading.receipt

    def money(amount: Money | None) -> str | None:
        return None if amount is None else str(amount)

    return {
        "retailer": {"name": receipt.retailer.name},
        "date": receipt.date.isoformat() if receipt.date else None,
        "currency": receipt.currency,
        "receipt_number": receipt.receipt_number,
        "total": money(receipt.total),
        "is_refund": receipt.is_refund,
        "balanced": receipt.balanced,
        "items": [
            {"description": item.description, "amount": money(item.amount), "quantity": str(item.quantity)}
            for item in receipt.items
        ],
    }


@pytest.mark.parametrize(("path", "wanted"), cases())
def test_our_layouts_are_read_right(path: Path, wanted: list[dict[str, Any]]) -> None:
    answer = read(path)
    if not wanted:
        assert isinstance(answer, Rejection), "this is no receipt"
        return
    assert not isinstance(answer, Rejection), answer
    assert len(answer) == len(wanted)
    for reading, receipt in zip(answer, wanted, strict=True):
        judged = marks(receipt, as_printed(reading))
        wrong = {name for name, right in judged.items() if not right}
        assert not wrong, as_printed(reading)
        assert all(0 <= entry.value <= 1 for entry in reading.receipt.confidence)


needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"no shared data at {SHARED}; name its folder by TILLPOINTS_SHARED"
)


@needs_shared
def test_real_order_mails_are_read_right() -> None:
    folder = SHARED / "emails" / "orders"
    expected = json.loads((folder / "expected.json").read_text())
    for path in sorted(folder.glob("*.html")):
        answer, wanted = read(path), expected[path.name]
        readings = () if isinstance(answer, Rejection) else answer
        assert len(readings) == len(wanted), path.name
        for reading, receipt in zip(readings, wanted, strict=True):
            judged = marks(receipt, as_printed(reading))
            assert judged["total"] and judged["currency"] and judged["items"], path.name


@needs_shared
@pytest.mark.parametrize(
    ("name", "total", "lines"),
    [
        ("rewe_ebon_1.pdf", "13.05", 10),
        ("rewe_ebon_2.pdf", "56.27", 32),
        ("rewe_ebon_3.pdf", "50.27", 31),
        ("rewe_ebon_4.pdf", "36.90", 18),
        ("rewe_ebon_5.pdf", "39.44", 18),
        ("wolt-food-delivery.pdf", "648.00", 11),
    ],
)
def test_real_receipts_in_pdf_balance_with_every_line(name: str, total: str, lines: int) -> None:
    answer = read(SHARED / "pdf" / name)
    assert not isinstance(answer, Rejection)
    (reading,) = answer
    receipt = reading.receipt
    assert (str(receipt.total), receipt.balanced, len(receipt.items)) == (total, True, lines)
    assert sum(item.net.minor for item in receipt.items) == (receipt.total.minor if receipt.total else None)
