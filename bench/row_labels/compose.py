"""Line items put together from the model's labels of rows, a row's text cut as the reader cuts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.row_labels.gold import LABELS, RowLabel
from bench.row_labels.rules import View
from ocr import arithmetic
from ocr.drafts import Draft, without_serials, without_weight
from ocr.item_text import Parts, cut_parts, is_words, quantity_for
from ocr.lines import Line
from ocr.quantities import settle_counts
from ocr.sums import last_price, price_value

Floats = NDArray[np.float64]
FARTHEST: Final = 3
"""Rows of its own that an item may have on one side."""


DOUBT: Final = 0.02
"""A row whose chance of being an item lies between this and its opposite is in doubt."""
MOST_DOUBTFUL: Final = 5
ITEM: Final = LABELS.index(RowLabel.ITEM)


@dataclass(slots=True)
class _Made:
    """An item in the making: the row of its amount, rows of its own above and below."""

    line: Line
    value: Decimal
    parts: Parts
    above: list[Line] = field(default_factory=list)
    below: list[Line] = field(default_factory=list)
    discount: Decimal = Decimal(0)

    @property
    def named(self) -> bool:
        return is_words(self.parts.name)


def likeliest(sure: Floats) -> list[RowLabel]:
    """Each row's likeliest label."""
    return [LABELS[int(index)] for index in sure.argmax(axis=1)]


def composed(view: View, labels: Sequence[RowLabel]) -> tuple[Draft, ...]:
    """The items by rows of these labels, from top to bottom."""
    made: list[_Made] = []
    waiting: list[Line] = []
    for line, label in zip(view.lines, labels, strict=True):
        number = last_price(line)
        if label is RowLabel.ITEM and number is not None:
            made.append(_Made(line, price_value(number), cut_parts(line, number), above=waiting))
            waiting = []
        elif label is RowLabel.DISCOUNT and number is not None and made:
            made[-1].discount += abs(price_value(number))
            waiting = []
        elif label is RowLabel.PART:
            if made:
                made[-1].below.append(line)
            waiting = [*waiting, line]
        else:
            waiting = []
    habit_above = _names_stand_above(made)
    drafts = [
        without_weight(draft) for draft in without_serials([_draft(each, habit_above) for each in made])
    ]
    return settle_counts(drafts, view.lines, view.sums.kinds)


def _words(lines: Sequence[Line]) -> list[Line]:
    """Rows that name something."""
    return [line for line in lines[:FARTHEST] if is_words(cut_parts(line, None).name) and not line.multiples]


def _names_stand_above(made: Sequence[_Made]) -> bool:
    """By what most items without a name of their own could be named by."""
    bare = [each for each in made if not each.named]
    above = sum(bool(_words(each.above)) for each in bare)
    return above >= sum(bool(_words(each.below)) for each in bare)


def _draft(each: _Made, habit_above: bool) -> Draft:
    parts = each.parts
    rows = [each.line]
    if not each.named:
        near = _words(each.above[::-1])[::-1] if habit_above else _words(each.below)
        parts = parts.named_by([cut_parts(line, None) for line in near])
        rows += near
    quantity, unit_price = parts.quantity, parts.unit_price
    for line in (*each.below[:FARTHEST], *each.above[::-1][:FARTHEST]):
        if quantity is None and (found := quantity_for(line, each.value)) is not None:
            quantity, unit_price = found
    return Draft(
        description=parts.name or (parts.code or ""),
        amount=each.value,
        quantity=quantity,
        unit_price=unit_price,
        code=parts.code,
        lines=tuple(sorted(rows, key=lambda line: line.index)),
        confidence=each.line.row.confidence,
        discount=each.discount,
    )


def closing(view: View, sure: Floats, total: Decimal | None, *, flips: int) -> tuple[Draft, ...] | None:
    """The composed items that make the total exactly, or None.

    Of the rows that the model doubts, as many as `flips` may be taken the other way; rows of discounts may be
    taken off or only told.
    """
    for labels in _labellings(view, sure, flips):
        drafts = composed(view, labels)
        plain = tuple(replace(draft, discount=Decimal(0)) for draft in drafts)
        for way in dict.fromkeys((drafts, plain)):
            if way and arithmetic.check(way, total, view.sums).closes:
                return way
    return None


def _labellings(view: View, sure: Floats, flips: int) -> Iterator[list[RowLabel]]:
    """The likeliest labels, then those with doubtful rows taken the other way: an item, or none."""
    base = likeliest(sure)
    yield base
    odds = {line.index: float(sure[line.index][ITEM]) for line in view.lines if last_price(line) is not None}
    doubtful = [index for index, item in odds.items() if DOUBT < item < 1 - DOUBT]
    doubtful.sort(key=lambda index: abs(odds[index] - 0.5))
    for size in range(1, flips + 1):
        for rows in combinations(doubtful[:MOST_DOUBTFUL], size):
            other = {i: RowLabel.NOISE if base[i] is RowLabel.ITEM else RowLabel.ITEM for i in rows}
            yield [other.get(index, label) for index, label in enumerate(base)]
