"""Which sums of a receipt hold: what the page prints both sides of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from ocr import arithmetic
from ocr.drafts import Draft
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.quantities import pieces, pieces_sold
from ocr.sums import Sums
from receipts.receipt import Identity

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)


def held(
    drafts: Sequence[Draft], total: Decimal | None, sums: Sums, lines: Sequence[Line], *, closes: bool
) -> tuple[Identity, ...]:
    """The identities that hold, in the order in which a person checks them; `closes` of items and total."""
    first = (Identity.ITEMS_TOTAL,) if closes else ()
    return (*first, *_held(drafts, total, sums, lines))


def _held(
    drafts: Sequence[Draft], total: Decimal | None, sums: Sums, lines: Sequence[Line]
) -> Iterator[Identity]:
    subtotals = {entry.value for entry in sums.of(Kind.SUBTOTAL)}
    goods = sum((draft.net for draft in drafts), ZERO)
    before = sum((draft.net for draft in drafts if not draft.whole_basket), ZERO)
    if drafts and subtotals & {goods, before}:
        yield Identity.ITEMS_SUBTOTAL
    if total is not None:
        if any(total in arithmetic.reachable(value, sums) for value in subtotals):
            yield Identity.SUBTOTAL_TOTAL
        if total in _tendered(sums):
            yield Identity.TENDER_CHANGE
    if drafts and pieces_sold(lines, sums.kinds) & {pieces(drafts), Decimal(_goods(drafts))}:
        yield Identity.ITEMS_SOLD
    multiplied = [draft for draft in drafts if draft.quantity not in {None, Decimal(1)} and draft.unit_price]
    if multiplied and all(_multiplies(draft) for draft in multiplied):
        yield Identity.LINES


def _goods(drafts: Sequence[Draft]) -> int:
    return sum(draft.amount >= 0 and not draft.whole_basket for draft in drafts)


def _tendered(sums: Sums) -> set[Decimal]:
    """What was paid less what came back; several payments together."""
    paid = [abs(entry.value) for entry in sums.of(Kind.PAYMENT)]
    back = [abs(entry.value) for entry in sums.of(Kind.CHANGE)]
    less = {one - change for one in paid for change in back if change}
    together = {sum(paid, ZERO) - change for change in (*back, ZERO)} if len(paid) > 1 else set()
    return less | together


def _multiplies(draft: Draft) -> bool:
    if draft.quantity is None or draft.unit_price is None:
        return True
    return abs(draft.quantity * draft.unit_price - draft.amount) <= CENT * max(1, int(abs(draft.quantity)))
