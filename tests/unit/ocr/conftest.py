"""Receipts as printed text, laid out on a grid as an engine or a document would give them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ocr.documents.text import text_page
from ocr.parse import ReadDefaults, parse
from receipts.errors import Rejection
from receipts.money import Currency
from receipts.receipt import Receipt

ReadText = Callable[..., Receipt]


@pytest.fixture
def read_text() -> ReadText:
    """Reads a printed receipt: lines of text whose columns stand two or more blanks apart."""

    def read(text: str, *, currency: str = "USD", day_first: bool | None = None) -> Receipt:
        defaults = ReadDefaults(currency=Currency(currency), day_first=day_first)
        answer = parse(text_page(text).rows, defaults)  # type: ignore[union-attr]
        assert not isinstance(answer, Rejection), answer
        return answer.receipt

    return read
