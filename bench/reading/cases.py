"""Receipts to read, and how: as the product reads, with what the engine saw kept between runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.kept_engine import KeptEngine
from ocr.document import ReadDefaults, read_document
from ocr.engines.base import OcrEngine
from pipeline.settings import reads_in_bfloat16
from receipts.errors import Rejection
from receipts.image import MediaType
from receipts.money import Currency, Money
from receipts.receipt import LineItem, Receipt

MEDIA_TYPES = {
    ".jpg": MediaType.JPEG,
    ".jpeg": MediaType.JPEG,
    ".png": MediaType.PNG,
    ".webp": MediaType.WEBP,
    ".heic": MediaType.HEIC,
    ".pdf": MediaType.PDF,
}
DEFAULTS = ReadDefaults(currency=Currency("USD"))
"""What the command assumes where nothing is printed."""
SAID_EVERY = 25
"""Pictures, where nobody watches a terminal."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One picture to read.

    Attributes:
        name: the receipt's id, which its label's file is called by.
        path: the file; what `prepare` makes of it is read instead, where there is one.
    """

    name: str
    path: Path
    prepare: Callable[[Path], bytes] | None = None

    def data(self) -> bytes:
        """The bytes to read."""
        return self.prepare(self.path) if self.prepare else self.path.read_bytes()

    @property
    def media_type(self) -> MediaType:
        """By the file's ending; prepared ones are JPEGs."""
        return MediaType.JPEG if self.prepare else MEDIA_TYPES[self.path.suffix.lower()]


def money(amount: Money | None) -> str | None:
    """As the command prints it."""
    return None if amount is None else str(amount)


def _item_row(item: LineItem) -> Row:
    return {
        "description": item.description,
        "quantity": f"{item.quantity.normalize():f}",
        "amount": money(item.amount),
        "discount": money(item.discount),
        "code": item.code,
        "confidence": item.confidence,
    }


def receipt_row(name: str, receipt: Receipt | None, reason: str = "") -> Row:
    """The part of `tillpoints read --json` that is scored."""
    if receipt is None:
        return {"file": f"{name}.jpg", "status": "rejected", "reason": reason, "receipt": None}
    return {
        "file": f"{name}.jpg",
        "status": "read",
        "receipt": {
            "retailer": {"name": receipt.retailer.name},
            "date": receipt.date.isoformat() if receipt.date else None,
            "currency": receipt.currency,
            "total": money(receipt.total),
            "balanced": receipt.balanced,
            "items": [_item_row(item) for item in receipt.items],
            "confidence": {entry.field: entry.value for entry in receipt.confidence},
        },
    }


@cache
def own_engine() -> OcrEngine:
    """One a process."""
    from ocr.engines.rapid import RapidEngine  # a second of loading

    return RapidEngine(threads=1, bfloat16=reads_in_bfloat16())


def read_case(case: Case, *, kept: Path | None) -> Row:
    """The receipt in the picture; the first, where it holds several."""
    engine = KeptEngine(own_engine(), kept) if kept else own_engine()
    answer = read_document(case.data(), case.media_type, engine=lambda: engine, defaults=DEFAULTS)
    if isinstance(answer, Rejection):
        return receipt_row(case.name, None, answer.reason.value)
    return receipt_row(case.name, answer[0].receipt)


def _progress(rows: Iterable[Row], count: int, what: str) -> Iterator[Row]:
    started = time.perf_counter()
    for number, row in enumerate(rows, start=1):
        yield row
        spent = time.perf_counter() - started
        said = f"{what}: {number} of {count}, {spent:.0f} s"
        if sys.stderr.isatty():
            print(f"\r{said}", end="" if number < count else "\n", file=sys.stderr, flush=True)
        elif number % SAID_EVERY == 0 or number == count:
            print(said, file=sys.stderr, flush=True)


def read_cases(cases: Sequence[Case], *, what: str, kept: Path | None, jobs: int) -> list[Row]:
    """Every case's row, in order; `jobs` processes."""
    work = partial(read_case, kept=kept)
    if jobs <= 1:
        return list(_progress(map(work, cases), len(cases), what))
    # Spawned, not forked: OpenCV's and onnxruntime's threads do not survive a fork.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return list(_progress(pool.map(work, cases, chunksize=4), len(cases), what))


def folder_cases(folder: Path) -> list[Case]:
    """The pictures of a folder, by name."""
    return [Case(path.stem, path) for path in sorted(folder.iterdir()) if path.suffix.lower() in MEDIA_TYPES]
