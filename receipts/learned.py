"""What reviewers taught: how a shop prints a product, or a line that is none of the program's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from receipts.identity import Sku
from receipts.money import Money

NOT_OURS = ""
"""Stands in place of a SKU where the reviewer said that the line is another maker's."""


class PrintKind(Enum):
    """By what a shop's line is known again."""

    WORDS = "words"
    """The printed words with the printed size."""
    NUMBER = "number"
    """The printed item number, which is the shop's own."""


@dataclass(frozen=True, slots=True)
class Print:
    """What names a line within one shop; `matching.learned` makes it from a printed line."""

    kind: PrintKind
    key: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A product that reviewers chose for a print, with the confirmations that stand.

    Attributes:
        sku: None where they chose "none of our products".
        printed: the line as it was printed last.
        count: confirmations, one for each receipt.
        confirmed_at: the last of them.
        lowest: the least that one unit cost on those receipts; None where no price was read.
        highest: the most, in the same currency.
        product: brand and name of the product as the catalog had it when it was last confirmed; empty where
            that was not kept, and for "none of our products".
    """

    sku: Sku | None
    printed: str
    count: int
    confirmed_at: datetime
    lowest: Money | None
    highest: Money | None
    product: str = ""
