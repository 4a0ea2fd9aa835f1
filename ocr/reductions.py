"""What comes off: discounts on a line or on the basket, voids, returns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from rapidfuzz import fuzz

from ocr.drafts import Draft
from ocr.item_text import is_words
from ocr.lexicon import Kind
from ocr.lines import Line, squash
from ocr.locales.vocabulary import EVERY_LANGUAGE
from ocr.sums import ChosenTotal
from ocr.works import Work

SAME_NAME: Final = 85.0
"""Of 100: one letter misread in a name of four, two in one of ten."""
_CREDIT: Final = re.compile(r"\s?(?:CR|[-–−])\s?[A-Z]?$")
_BRACKET_END: Final = re.compile(r"\s?\)\s?[A-Z]?$")


def is_basket_discount(work: Work, works: Sequence[Work], drafts: Sequence[Draft]) -> bool:
    """A discount greater than the line above, or one of several that end the list, is on the basket."""
    if not drafts or work.kind is not Kind.DISCOUNT or work.amount is None:
        return False
    if drafts[-1].whole_basket or abs(work.value) > abs(drafts[-1].net):
        return True
    rest = 0
    for other in reversed(works):  # from the end, where most are something else
        if other.amount is None or other.line.index < work.line.index:
            continue
        if other.kind is not Kind.DISCOUNT:
            return False
        rest += 1
    return rest > 1


def is_below_subtotal(work: Work, works: Sequence[Work], subtotals: Sequence[int]) -> bool:
    """Whether a subtotal stands above what comes off, and no goods between: then it is off all of them."""
    at = work.line.index
    above = max((index for index in subtotals if index < at), default=None)
    if above is None:
        return False
    return not any(
        other.amount is not None and other.value > 0 and other.kind is Kind.PLAIN
        for other in works
        if above < other.line.index < at
    )


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
    if _without_void(work.parts.name):
        # Takes an item back, and not the one above by chance.
        return False
    if value < 0 and not named and (work.parts.quantity is not None or _is_return(work)):
        return False
    return (named or value < 0) and abs(value) <= abs(drafts[-1].net) and drafts[-1].amount > 0


MIN_GOODS_LETTERS: Final = 3
"""Behind the word for a return: what came back."""


def _is_return(work: Work) -> bool:
    """An article with its own number or called a return, not money off the one above."""
    letters = squash(work.parts.name)
    word = EVERY_LANGUAGE["refund_title"].start(letters)
    if word and len(letters) >= len(word) + MIN_GOODS_LETTERS:
        return True
    return work.parts.code is not None and work.parts.has_name and is_words(work.parts.name)


def is_void(work: Work, drafts: Sequence[Draft]) -> bool:
    """Whether the row takes an earlier item back: it repeats its name and amount, or says so and names it."""
    value = work.value
    if value < 0 and any(
        draft.amount == -value and draft.description == work.parts.name and draft.description
        for draft in drafts
    ):
        return True
    return _voided(work, drafts) is not None


def take_back(drafts: list[Draft], work: Work) -> None:
    """Removes the item that the row names, or else the last of this amount; of several pieces only one."""
    value = abs(work.value)
    position = _voided(work, drafts)
    if position is None:
        same = (at for at in range(len(drafts) - 1, -1, -1) if drafts[at].amount == value)
        position = next(same, None)
    if position is None:
        return
    draft = drafts[position]
    if draft.amount == value or draft.net == value:
        del drafts[position]
        return
    drafts[position] = replace(
        draft,
        amount=draft.amount - value,
        quantity=None if draft.quantity is None else draft.quantity - 1,
        lines=(*draft.lines, work.line),
    )


def _voided(work: Work, drafts: Sequence[Draft]) -> int | None:
    """Which item ``VOID BREAD WHEAT -2.99`` takes back: the last of that name, whole or one of its pieces."""
    name = _without_void(work.parts.name)
    if not name:
        return None
    value = abs(work.value)
    for position in range(len(drafts) - 1, -1, -1):
        draft = drafts[position]
        alike = fuzz.ratio(name, squash(draft.description)) >= SAME_NAME
        one_of = draft.unit_price == value and (draft.quantity or 0) > 1
        if alike and draft.amount > 0 and (value in {draft.amount, draft.net} or one_of):
            return position
    return None


def _without_void(name: str) -> str:
    """The squashed name beside a void word at its start or end; empty where there is none."""
    words = EVERY_LANGUAGE["void"]
    parts = [part for token in re.split(r"[^\w]+", name) if (part := squash(token))]
    for length in (2, 1):
        head, tail = parts[:length], parts[-length:]
        if len(parts) > length and "".join(head) in words:
            return "".join(parts[length:])
        if len(parts) > length and "".join(tail) in words:
            return "".join(parts[:-length])
    return ""


def with_minus(
    lines: Sequence[Line], drafts: Sequence[Draft], total: ChosenTotal | None
) -> tuple[Line, ...] | None:
    """The rows with their minus, where every item and the total are in brackets or credited.

    ``(3.49)``, ``3.49CR`` and ``3.49 -`` are notes as well, so only the whole column tells; None where it
    does not.
    """
    if total is None or total.entry is None or total.value <= 0 or not drafts:
        return None
    credited = {line.index for line in lines if _credited(line)}
    held = all(any(line.index in credited for line in draft.lines) for draft in drafts)
    if not held or total.entry.line.index not in credited:
        return None
    return tuple(_negative(line) if line.index in credited else line for line in lines)


def _credited(line: Line) -> bool:
    if not line.prices:
        return False
    last = line.prices[-1]
    before = line.text[: last.start] + line.text[last.start : last.end][:1]
    if line.text[last.start : last.end].rstrip().endswith(")") or _BRACKET_END.match(line.text[last.end :]):
        return "(" in before[-2:]
    return last.value > 0 and _CREDIT.match(line.text[last.end :]) is not None


def _negative(line: Line) -> Line:
    last = line.prices[-1]
    numbers = tuple(
        replace(number, value=-abs(number.value)) if number is last else number for number in line.numbers
    )
    return replace(line, numbers=numbers)
