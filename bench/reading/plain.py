"""An anchor: Tesseract, and the parser that one would write in an afternoon."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import dateutil.parser

from bench.kept_engine import KeptEngine
from bench.reading.cases import Case, Row
from ocr.decode import decode
from ocr.engines.base import OcrEngine
from ocr.rows import row_readings
from receipts.errors import Rejection

_PRICE = re.compile(r"(\d{1,5})[.,](\d{2})(?!\d)")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2} ?[A-Za-z]{3,9}\.? ?\d{2,4}")
_TOTAL = re.compile(r"(?<!SUB)(?<!SUB )TOTAL|AMOUNT DUE|BALANCE|SUMME|SUMA|MONTANT", re.IGNORECASE)
_NO_ITEM = re.compile(r"TOTAL|TAX|CASH|CHANGE|VISA|ROUND|GST|VAT|BALANCE|DUE|TENDER|PAY", re.IGNORECASE)


@cache
def _tesseract() -> OcrEngine:
    from ocr.engines.tesseract import TesseractEngine

    return TesseractEngine()


def _price(line: str) -> str | None:
    prices = _PRICE.findall(line)
    return f"{int(prices[-1][0])}.{prices[-1][1]}" if prices else None


def first_date(lines: list[str], *, day_first: bool) -> str | None:
    """The first that is one."""
    for line in lines:
        for text in _DATE.findall(line):
            try:
                return dateutil.parser.parse(text, dayfirst=day_first).date().isoformat()
            except (ValueError, OverflowError):
                continue
    return None


def parse_lines(name: str, lines: list[str], *, day_first: bool) -> Row:
    """The first line is the shop, the last with a word for it the total, what stands above are goods."""
    totals = [number for number, line in enumerate(lines) if _TOTAL.search(line) and _price(line)]
    end = totals[0] if totals else len(lines)
    items = []
    for line in lines[:end]:
        price = _price(line)
        if price and not _NO_ITEM.search(line):
            text = _PRICE.split(line)[0].strip(" $£€.")
            items.append({"description": text, "quantity": "1", "amount": price, "code": None})
    return {
        "file": f"{name}.jpg",
        "receipt": {
            "retailer": {"name": next((line for line in lines if line.strip()), "")},
            "date": first_date(lines, day_first=day_first),
            "total": _price(lines[totals[-1]]) if totals else None,
            "items": items,
        },
    }


def tesseract_lines(case: Case, *, kept: Path | None) -> list[str]:
    """What Tesseract reads on the picture, row by row; none where it holds nothing."""
    frame = decode(case.data(), case.media_type)
    if isinstance(frame, Rejection):
        return []
    engine = KeptEngine(_tesseract(), kept) if kept else _tesseract()
    readings = row_readings(engine.recognise(frame.picture))
    return [row.text for row in readings[0]] if readings else []


def read_plain(case: Case, *, kept: Path | None, day_first: bool) -> Row:
    """What Tesseract and the plain parser make of the picture."""
    return parse_lines(case.name, tesseract_lines(case, kept=kept), day_first=day_first)
