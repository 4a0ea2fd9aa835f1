"""Ways to let a model's opinion of rows into a reading, and which of them gains on training pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import product
from types import ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.reading.cases import Row, receipt_row
from bench.reading.scores import SAME_NAME
from bench.row_labels.compose import closing
from bench.row_labels.gold import LABELS, RowLabel
from bench.row_labels.pages import Page
from bench.row_labels.rules import parsed
from ocr.item_text import cut_parts, is_words
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.parse import Parsed
from ocr.sums import last_price, price_value

Floats = NDArray[np.float64]
ITEM, PART, DISCOUNT = (LABELS.index(each) for each in (RowLabel.ITEM, RowLabel.PART, RowLabel.DISCOUNT))
THRESHOLDS: Final = (0.6, 0.8, 0.9, 0.95, 0.98, 0.995)
_OPEN: Final = frozenset({Kind.PLAIN, Kind.DISCOUNT, Kind.VOID})


class Use(Enum):
    """What a sure opinion does."""

    HIDE = "rows that are surely no item's are hidden from the rules"
    SHOW = "rows that are surely an item's are shown to the rules as such"
    NAME = "both"
    DROP = "items read from rows that are surely no item's are dropped"
    INSERT = "rows that surely hold an item and were not read as one become items"
    MEND = "the last two"
    COMPOSE = "items put together from the model's labels alone, if they make the total"
    SOLVE = "the same, of doubtful rows one or two taken the other way"


FLIPS: Final = {Use.COMPOSE: 0, Use.SOLVE: 2}


@dataclass(frozen=True, slots=True)
class Way:
    """One use from a threshold on (0 where it needs none).

    Attributes:
        when_open: only on pages whose sums do not close by the rules alone.
    """

    use: Use
    least: float
    when_open: bool

    def __str__(self) -> str:
        where = "where the sums are open" if self.when_open else "everywhere"
        return f"{self.use.value}, {where}, from {self.least}"


class Reader:
    """Reads pages in all ways; what was read once with the same rows renamed is kept."""

    def __init__(self, opinions: Mapping[str, Floats]) -> None:
        self._opinions = opinions
        self._kept: dict[tuple[str, frozenset[tuple[int, Kind]]], Parsed | None] = {}

    def read(self, page: Page, way: Way | None) -> Row:
        """The page's receipt by the rules, or with a way's help."""
        plain = self._parsed(page, {})
        if way is None or plain is None or (way.when_open and plain.receipt.balanced):
            return _row(page, plain)
        sure = self._opinions[page.name]
        if way.use in FLIPS:
            return _composed(page, plain, sure, way)
        if way.use in {Use.DROP, Use.INSERT, Use.MEND}:
            return _mended(page, plain, sure, way)
        other = self._parsed(page, _renamed(page, sure, way))
        if other is None or (plain.receipt.balanced and not other.receipt.balanced):
            return _row(page, plain)
        return _row(page, other)

    def _parsed(self, page: Page, kinds: Mapping[int, Kind]) -> Parsed | None:
        key = (page.name, frozenset(kinds.items()))
        if key not in self._kept:
            answer = parsed(page.rows, kinds)
            self._kept[key] = answer if isinstance(answer, Parsed) else None
        return self._kept[key]


def _row(page: Page, answer: Parsed | None) -> Row:
    return receipt_row(page.name, answer.receipt if answer else None)


def _renamed(page: Page, sure: Floats, way: Way) -> dict[int, Kind]:
    """Rows whose kind the opinion changes."""
    out: dict[int, Kind] = {}
    for index, (kind, of) in enumerate(zip(page.view.named, sure, strict=True)):
        if (
            way.use is not Use.SHOW
            and kind is Kind.PLAIN
            and 1 - of[[ITEM, PART, DISCOUNT]].sum() >= way.least
        ):
            out[index] = Kind.META
        elif way.use is not Use.HIDE:
            if kind not in _OPEN and of[[ITEM, PART]].sum() >= way.least:
                out[index] = Kind.PLAIN
            elif kind is Kind.PLAIN and of[DISCOUNT] >= way.least:
                out[index] = Kind.DISCOUNT
    return out


def _mended(page: Page, answer: Parsed, sure: Floats, way: Way) -> Row:
    """The rules' reading with items dropped, or rows added as items."""
    row = _row(page, answer)
    lines = page.view.lines
    at = {line.quad: line.index for line in lines}
    own = [[at[quad] for quad in item.quads if quad in at] for item in answer.receipt.items]
    items = list(zip(row["receipt"]["items"], own, strict=True))
    if way.use is not Use.INSERT:
        items = [each for each in items if not each[1] or _of_item(sure, each[1]) > 1 - way.least]
    if way.use is not Use.DROP:
        taken = {index for indices in own for index in indices}
        for line in lines:
            if line.index not in taken and sure[line.index][ITEM] >= way.least:
                made = _item(line, lines, sure)
                items += [(made, [line.index])] if made else []
        items.sort(key=lambda each: min(each[1], default=0))
    row["receipt"]["items"] = [item for item, _ in items]
    return row


def _composed(page: Page, answer: Parsed, sure: Floats, way: Way) -> Row:
    """The items that the model's labels make, if they make the total."""
    row = _row(page, answer)
    total = answer.receipt.total
    drafts = closing(page.view, sure, None if total is None else total.decimal, flips=FLIPS[way.use])
    if drafts is None:
        return row
    row["receipt"]["items"] = [
        {
            "description": draft.description,
            "quantity": f"{(draft.quantity or Decimal(1)).normalize():f}",
            "amount": str(draft.amount),
            "discount": str(draft.discount) if draft.discount else None,
            "code": draft.code,
            "confidence": draft.confidence,
        }
        for draft in drafts
    ]
    row["receipt"]["balanced"] = True
    return row


def _of_item(sure: Floats, indices: Sequence[int]) -> float:
    """How sure one of the rows is an item's."""
    return float(max(sure[index][[ITEM, PART, DISCOUNT]].sum() for index in indices))


def _item(line: Line, lines: Sequence[Line], sure: Floats) -> dict[str, Any] | None:
    """A line item from a row with an amount, named by itself or by the row above or below that is a part."""
    number = last_price(line)
    if number is None:
        return None
    parts = cut_parts(line, number)
    name = parts.name
    if not is_words(name):
        near = [i for i in (line.index - 1, line.index + 1) if 0 <= i < len(lines)]
        best = max(near, key=lambda i: sure[i][PART], default=line.index)
        name = cut_parts(lines[best], None).name
    return {
        "description": name,
        "quantity": "1",
        "amount": str(price_value(number)),
        "discount": None,
        "code": parts.code,
        "confidence": 0.5,
    }


Counts = tuple[int, int, int]
"""Of a page: line items found, wanted and read."""


def counts_of(row: Row, page: Page, rules: ModuleType) -> Counts:
    """As the scoring script counts a page that lists items."""
    items = row["receipt"]["items"] if row["receipt"] else []
    gold = page.label["items"]
    found = sum(alike >= SAME_NAME for alike, _, _ in rules.pair_items(gold, items))
    return found, len(gold), len(items)


def item_f1(counts: Iterable[Counts]) -> float:
    """Micro-averaged."""
    found, wanted, read = (sum(each) for each in zip(*counts, strict=True))
    return float(2 * found / max(1, wanted + read))


def every_way() -> list[Way]:
    """All uses, the most careful thresholds first."""
    return [
        Way(use, least, when_open)
        for use, when_open in product(Use, (True, False))
        for least in (sorted(THRESHOLDS, reverse=True) if use not in FLIPS else (0.0,))
    ]


def counts_by_way(
    pages: Sequence[Page], reader: Reader, rules: ModuleType
) -> dict[Way | None, dict[str, Counts]]:
    """For each way, and for the rules alone (None): what each page that lists items counts."""
    out: dict[Way | None, dict[str, Counts]] = {way: {} for way in (None, *every_way())}
    for page in pages:
        if not page.lists_items:
            continue
        kept: dict[str, Counts] = {}
        for way, counts in out.items():
            row = reader.read(page, way)
            key = repr(row["receipt"] and row["receipt"]["items"])
            if key not in kept:
                kept[key] = counts_of(row, page, rules)
            counts[page.name] = kept[key]
    return out


def chosen(scores: Mapping[Way | None, float], use: Use, *, when_open: bool) -> Way | None:
    """The threshold that gained most, the more careful of equals; None if none gained."""
    ways = [way for way in scores if way and way.use is use and way.when_open is when_open]
    best = max(ways, key=lambda way: (scores[way], way.least))
    return best if scores[best] > scores[None] else None
