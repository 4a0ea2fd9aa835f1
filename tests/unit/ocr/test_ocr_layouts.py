"""Whole pages in the ways of many countries' tills, each with what a person reads on it.

The pages stand in `layouts/*.txt`: `@@ name currency total [extra=...]`, the page, `--`, then a line an item:
description | quantity | amount | discount | code. Shops and goods are invented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from receipts.receipt import Identity, LineItem, Receipt

ReadText = Callable[..., Receipt]
ALIKE = 80.0
"""Of 100, as receipts are scored."""


@dataclass(frozen=True)
class Layout:
    name: str
    currency: str
    total: Decimal
    page: str
    items: tuple[tuple[str, ...], ...]


def layouts() -> Iterator[Layout]:
    for path in sorted((Path(__file__).parent / "layouts").glob("*.txt")):
        for block in re.split(r"(?m)^@@ ", path.read_text(encoding="utf-8"))[1:]:
            head, _, rest = block.partition("\n")
            name, currency, total, *_ = head.split()
            page, _, label = rest.partition("\n--\n")
            items = [
                tuple(cell.strip() for cell in row.split("|")) for row in label.splitlines() if row.strip()
            ]
            yield Layout(name, currency, Decimal(total), page, tuple(items))


def facts(item: LineItem) -> tuple[Decimal, Decimal, Decimal, str]:
    discount = item.discount.decimal if item.discount else Decimal(0)
    return item.quantity, item.amount.decimal, discount, item.code or ""


@pytest.mark.parametrize("layout", [*layouts()], ids=lambda layout: layout.name)
def test_a_page_is_read_as_a_person_reads_it(layout: Layout, read_text: ReadText) -> None:
    receipt = read_text(layout.page, currency=layout.currency)
    expected = [
        (Decimal(quantity), Decimal(amount), Decimal(discount or 0), code)
        for _, quantity, amount, discount, code in layout.items
    ]
    assert [facts(item) for item in receipt.items] == expected
    for item, (description, *_) in zip(receipt.items, layout.items, strict=True):
        assert fuzz.ratio(item.description.lower(), description.lower()) >= ALIKE, item.description
    assert receipt.total is not None
    assert receipt.total.decimal == layout.total
    assert receipt.balanced
    assert Identity.ITEMS_TOTAL in receipt.identities
    assert not any(item.repaired for item in receipt.items)
