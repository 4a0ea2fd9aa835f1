"""What comes off: discounts on a line or on the basket, voids, returns."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ocr.drafts import Draft
from ocr.item_text import is_words
from ocr.lexicon import Kind
from ocr.locales.vocabulary import EVERY_LANGUAGE
from ocr.works import Work


def is_basket_discount(work: Work, works: Sequence[Work], drafts: Sequence[Draft]) -> bool:
    """A discount greater than the line above, or one of several that end the list, is on the basket."""
    if not drafts or work.kind is not Kind.DISCOUNT or work.amount is None:
        return False
    if drafts[-1].whole_basket or abs(work.value) > abs(drafts[-1].net):
        return True
    rest = [other for other in works if other.amount is not None and other.line.index >= work.line.index]
    return len(rest) > 1 and all(other.kind is Kind.DISCOUNT for other in rest)


def basket_draft(work: Work, value: Decimal) -> Draft:
    """A discount on all of it."""
    return Draft(
        work.parts.name, value, None, None, None, (work.line,), work.line.row.confidence, whole_basket=True
    )


def is_discount(work: Work, value: Decimal, drafts: Sequence[Draft]) -> bool:
    """Whether the row takes something off the item above it; what comes back for empties is its own line."""
    if not drafts or drafts[-1].whole_basket or EVERY_LANGUAGE.says("deposit", work.parts.name):
        return False
    named = work.kind is Kind.DISCOUNT
    if value < 0 and not named and (work.parts.quantity is not None or _is_return(work)):
        return False
    return (named or value < 0) and abs(value) <= abs(drafts[-1].net) and drafts[-1].amount > 0


def _is_return(work: Work) -> bool:
    """An article with its own number and name that is given back, not money off the one above."""
    return work.parts.code is not None and work.parts.has_name and is_words(work.parts.name)


def is_void(work: Work, drafts: Sequence[Draft]) -> bool:
    """A negative row that repeats an earlier item's name and amount takes that item back."""
    value = work.value
    return value < 0 and any(
        draft.amount == -value and draft.description == work.parts.name and draft.description
        for draft in drafts
    )


def take_back(drafts: list[Draft], value: Decimal) -> None:
    """Removes the last item of this amount."""
    for position in range(len(drafts) - 1, -1, -1):
        if drafts[position].amount == abs(value):
            del drafts[position]
            return
