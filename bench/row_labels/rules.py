"""What the rules say of each row, step by step as `ocr.parse` goes; readings with rows named otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from unittest.mock import patch

import ocr.parse
from bench.reading.cases import DEFAULTS
from bench.row_labels.gold import RowLabel
from ocr.amounts import PLAIN_STYLE
from ocr.cues import Cues, find_cues, number_style
from ocr.lexicon import Kind, kind_of
from ocr.lines import Line, lines_from_rows
from ocr.locales.vocabulary import BUILT_IN
from ocr.parse import Parsed
from ocr.regrouped import regrouped
from ocr.solver import Solved, solve
from ocr.sums import Sums, read_sums
from receipts.errors import Rejection
from receipts.transcript import Row

LABEL_OF: Final[Mapping[Kind, RowLabel]] = {
    Kind.FINAL_TOTAL: RowLabel.TOTAL,
    Kind.TOTAL: RowLabel.TOTAL,
    Kind.SUBTOTAL: RowLabel.SUBTOTAL,
    Kind.GROUP_TOTAL: RowLabel.SUBTOTAL,
    Kind.TAX: RowLabel.TAX,
    Kind.TAX_TABLE: RowLabel.TAX,
    Kind.ROUNDING: RowLabel.TAX,
    Kind.SERVICE: RowLabel.TAX,
    Kind.TIP: RowLabel.TAX,
    Kind.PAYMENT: RowLabel.TENDER,
    Kind.CHANGE: RowLabel.TENDER,
    Kind.DISCOUNT: RowLabel.DISCOUNT,
}
"""What a row that is no item's is by its kind; of the others, those above the first item are its head."""


@dataclass(frozen=True, slots=True)
class View:
    """The page as the rules see it; `named` are the kinds by words alone, `sums` by words and arithmetic."""

    lines: tuple[Line, ...]
    cues: Cues
    named: tuple[Kind, ...]
    sums: Sums
    solved: Solved
    labels: tuple[RowLabel, ...]


def view_of(rows: Sequence[Row]) -> View:
    """The steps of `ocr.parse.parse` as far as items and total."""
    lines = lines_from_rows(rows)
    cues = find_cues(lines, BUILT_IN, expected=DEFAULTS.locale, default_currency=DEFAULTS.currency)
    style = number_style(cues, BUILT_IN)
    if style != PLAIN_STYLE:
        lines = lines_from_rows(rows, style)
    named = read_sums(lines, partial(kind_of, vocabulary=cues.vocabulary))
    sums = regrouped(named, lines)
    solved = solve(lines, sums)
    return View(lines, cues, named.kinds, sums, solved, tuple(_implied(lines, sums, solved)))


def _implied(lines: Sequence[Line], sums: Sums, solved: Solved) -> Iterator[RowLabel]:
    amounts: set[int] = set()
    reductions: set[int] = set()
    parts: set[int] = set()
    for draft in solved.drafts:
        own = [line for line in draft.lines if any(p.value == draft.amount for p in line.prices)]
        if draft.whole_basket:
            reductions |= {line.index for line in draft.lines}
            continue
        if own:
            amounts.add(own[0].index)
        less = draft.discount
        taken_off = {
            line.index for line in draft.lines if less and any(abs(p.value) == less for p in line.prices)
        }
        reductions |= taken_off
        parts |= {line.index for line in draft.lines}
    first = min(amounts | parts, default=len(lines))
    for line in lines:
        if line.index in amounts:
            yield RowLabel.ITEM
        elif line.index in reductions:
            yield RowLabel.DISCOUNT
        elif line.index in parts:
            yield RowLabel.PART
        else:
            kind = LABEL_OF.get(sums.kinds[line.index])
            yield kind or (RowLabel.HEADER if line.index < first else RowLabel.NOISE)


@contextmanager
def _renaming(kinds: Mapping[int, Kind]) -> Iterator[None]:
    """Inside, `ocr.parse` finds these rows to be of these kinds, whatever their words say."""

    def renamed(lines: Sequence[Line], name: object) -> Sums:
        found = read_sums(lines, name)  # type: ignore[arg-type]  # handed on as it came
        changed = tuple(kinds.get(index, kind) for index, kind in enumerate(found.kinds))
        kept = tuple(entry for entry in found.labelled if entry.line.index not in kinds)
        return replace(found, labelled=kept, kinds=changed)

    with patch.object(ocr.parse, "read_sums", renamed):
        yield


def parsed(rows: Sequence[Row], kinds: Mapping[int, Kind] | None = None) -> Parsed | Rejection:
    """The receipt by the rules, with rows of these kinds."""
    with _renaming(kinds or {}):
        return ocr.parse.parse(rows, DEFAULTS)


def best_rows(ways: Iterable[tuple[Row, ...]]) -> tuple[Row, ...]:
    """Of the ways to join boxes, the one that reads best."""
    read = [(answer.score if isinstance(answer, Parsed) else -1e9, rows) for rows in ways
            for answer in [parsed(rows)]]  # fmt: skip
    return max(read, key=lambda each: each[0])[1]
