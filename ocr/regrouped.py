"""Rows named again once all are known: totals that are goods, and charges that no word names.

Words alone name a row; only the sums around it show that ``FUEL SALE 42.23`` is what was bought, or that
``CITY LEVY 0.12`` stands between subtotal and total.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from ocr.amounts import CENT_DIGITS, MILLI_DIGITS
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.sums import Labelled, Sums

CENT: Final = Decimal("0.01")


def regrouped(sums: Sums, lines: Sequence[Line]) -> Sums:
    """The sums with rows named by what their amounts make."""
    kinds = list(sums.kinds)
    labelled = without_returned_goods(lines, kinds, list(sums.labelled))
    labelled = _grouped(lines, kinds, labelled)
    labelled = _without_early_totals(lines, kinds, labelled)
    charges = tuple(_with_unnamed(lines, kinds, labelled))
    return replace(sums, labelled=charges, kinds=tuple(kinds))


_TOTALS: Final = frozenset({Kind.SUBTOTAL, Kind.TOTAL, Kind.FINAL_TOTAL})


def without_returned_goods(
    lines: Sequence[Line], kinds: list[Kind], labelled: list[Labelled]
) -> list[Labelled]:
    """``Retur PENSEL -39,00`` above every total: change, which the word is too, follows what was paid.

    Changes `kinds` for these rows.
    """
    first = next((entry.line.index for entry in labelled if entry.kind in _TOTALS), len(lines))
    back = [
        line.index
        for line in lines[:first]
        if kinds[line.index] is Kind.CHANGE and line.prices and line.prices[-1].value < 0
    ]
    for index in back:
        kinds[index] = Kind.PLAIN
    return [entry for entry in labelled if entry.line.index not in back]


METER_ROWS: Final = 4
"""How far above its amount a pump prints volume and price."""


def _metered(lines: Sequence[Line], kinds: Sequence[Kind], labelled: Sequence[Labelled]) -> list[int]:
    """``FUEL SALE`` that volume and price above it make, where another row gives the total, is an item."""
    totals = [entry for entry in labelled if entry.kind in {Kind.TOTAL, Kind.FINAL_TOTAL}]
    out: list[int] = []
    for entry, following in pairwise(totals):
        numbers = [
            n
            for line in lines[max(0, entry.line.index - METER_ROWS) : entry.line.index]
            for n in line.numbers
        ]
        volumes = [n.value for n in numbers if n.decimals == MILLI_DIGITS or (n.unit and n.decimals)]
        prices = [n.value for n in numbers if n.decimals >= CENT_DIGITS]
        named = any(
            kinds[line.index] is Kind.PLAIN and line.prices and line.prices[-1].value == entry.value
            for line in lines
        )
        made = not named and any(
            abs(v * p - entry.value) <= CENT for v in volumes for p in prices if p != entry.value
        )
        off = sum(
            (
                abs(other.value)
                for other in labelled
                if other.kind is Kind.DISCOUNT and entry.line.index < other.line.index < following.line.index
            ),
            Decimal(0),
        )
        if made and following.value >= entry.value - off:
            out.append(entry.line.index)
    return out


def _grouped(lines: Sequence[Line], kinds: list[Kind], labelled: list[Labelled]) -> list[Labelled]:
    """A total between goods, below which more goods and the greater amount to pay stand, is a group's sum.

    Changes `kinds` for these rows.
    """
    goods = [line.index for line in lines if kinds[line.index] is Kind.PLAIN and line.prices]
    payable = [entry for entry in labelled if entry.kind is Kind.FINAL_TOTAL]
    out: list[Labelled] = []
    for entry in labelled:
        row = entry.line.index
        between = entry.kind is Kind.TOTAL and any(index < row for index in goods)
        if between and any(
            last.value > entry.value and any(row < index < last.line.index for index in goods)
            for last in payable
        ):
            kinds[row] = Kind.GROUP_TOTAL
            out.append(replace(entry, kind=Kind.GROUP_TOTAL))
        else:
            out.append(entry)
    return out


def _without_early_totals(
    lines: Sequence[Line], kinds: list[Kind], labelled: list[Labelled]
) -> list[Labelled]:
    """A total above goods that a subtotal below them exceeds (``FUEL SALE 42.23``) is one of the goods.

    Changes `kinds` for these rows.
    """
    below = [entry for entry in labelled if entry.kind is Kind.SUBTOTAL]
    early = _metered(lines, kinds, labelled) + [
        entry.line.index
        for entry in labelled
        if entry.kind in {Kind.TOTAL, Kind.FINAL_TOTAL}
        and any(
            other.value > entry.value > 0
            and any(
                kinds[line.index] is Kind.PLAIN and line.prices
                for line in lines[entry.line.index + 1 : other.line.index]
            )
            for other in below
        )
    ]
    for index in early:
        kinds[index] = Kind.PLAIN
    return [entry for entry in labelled if entry.line.index not in early]


_CHARGES: Final = frozenset({Kind.TAX, Kind.SERVICE, Kind.TIP, Kind.ROUNDING})
MAX_UNNAMED: Final = 4
"""Rows between a subtotal and the total; more are a second list of items."""


def _with_unnamed(
    lines: Sequence[Line], kinds: list[Kind], labelled: Sequence[Labelled]
) -> Sequence[Labelled]:
    """Rows that no word names, between a subtotal and a total that they make up exactly, are charges.

    Where the total is the lower one they are discounts. ``CITY LEVY 0.12`` is then no item, in any language.
    Changes `kinds` for these rows.
    """
    for first, last in _subtotal_to_total(labelled):
        rows = [line for line in lines[first.at_line + 1 : last.line.index] if line.prices]
        unnamed = [line for line in rows if kinds[line.index] is Kind.PLAIN]
        if not 0 < len(unnamed) <= MAX_UNNAMED:
            continue
        named = {entry.line.index: entry for entry in labelled if entry.kind in _CHARGES}
        between = sum((named[line.index].value for line in rows if line.index in named), Decimal(0))
        more = sum((line.prices[-1].value for line in unnamed), Decimal(0))
        missing = last.value - first.value - between
        if missing not in {more, -more}:
            continue
        kind = Kind.SERVICE if missing > 0 else Kind.DISCOUNT
        for line in unnamed:
            kinds[line.index] = kind
        return [*labelled, *(_charge(line, kind) for line in unnamed)]
    return labelled


def _charge(line: Line, kind: Kind) -> Labelled:
    number = line.prices[-1]
    return Labelled(kind, line, number.value, number, line.index)


def _subtotal_to_total(labelled: Sequence[Labelled]) -> Iterator[tuple[Labelled, Labelled]]:
    totals = [entry for entry in labelled if entry.kind in {Kind.TOTAL, Kind.FINAL_TOTAL}]
    for first in labelled:
        if first.kind is Kind.SUBTOTAL and first.value > 0:
            last = next((entry for entry in totals if entry.line.index > first.at_line), None)
            if last is not None:
                yield first, last
