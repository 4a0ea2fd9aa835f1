"""Items and total together: of all readings of the page, the one whose sums close.

The items' zone may end at the subtotal or below it; rows of savings may take something off or only repeat it;
an amount may be misread. Each choice gives items and a total. The likelier choices come first, and the first
that closes wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Final

from ocr import arithmetic
from ocr.arithmetic import Unread
from ocr.drafts import Draft
from ocr.items import read_items, zone_of
from ocr.lexicon import Kind
from ocr.lines import Line
from ocr.misreads import confusable
from ocr.quantities import pieces_sold
from ocr.sums import ChosenTotal, Sums, choose_total, paid_in_cash, reckoned_totals
from ocr.works import savings_rows

MAX_CASH_ROUNDING: Final = Decimal("0.05")
"""So much apart, two totals on one page are the exact one and the rounded one."""
_PARTS: Final = frozenset({Kind.SUBTOTAL, Kind.GROUP_TOTAL})
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Solved:
    """Items and total.

    Attributes:
        orphans: rows between the items that name something and have no price.
        closes: items, charges and total make one sum.
        reduced: they close only with a discount on all, which another reading may give to its items.
    """

    drafts: tuple[Draft, ...]
    total: ChosenTotal | None
    orphans: int
    closes: bool
    reduced: bool = False


def solve(lines: Sequence[Line], sums: Sums) -> Solved:
    """The items and the total that go together best."""
    first = choose_total(sums, lines)
    best: Solved | None = None
    for solved in _ways(lines, sums, first):
        if solved.closes and not solved.reduced:
            return solved
        if best is None or _likelier(solved, best):
            best = solved
    return best or Solved((), first, 0, closes=False)


def _likelier(one: Solved, other: Solved) -> bool:
    """Whether a later reading is better all the same: it closes, or it has items at all."""
    return (one.closes, bool(one.drafts)) > (other.closes, bool(other.drafts))


def _ways(lines: Sequence[Line], sums: Sums, first: ChosenTotal | None) -> Iterator[Solved]:
    first_line = first.entry.line.index if first and first.entry else None
    start, near, far = zone_of(lines, sums, first_line)
    off = sums.of(Kind.DISCOUNT, Kind.SAVINGS)
    listed = {abs(entry.value) for entry in off if entry.value and entry.line.index < near}
    zones = dict.fromkeys([(start, near), (start, far), (0, near)])
    for aligned, savings, (begin, end) in product((True, False), savings_rows(lines, sums), zones):
        read = read_items(lines, sums, begin, end, savings=savings, aligned=aligned)
        item_sum = sum((draft.net for draft in read.drafts), ZERO)
        reachable = arithmetic.reachable(item_sum, sums) if read.drafts else frozenset()
        total = choose_total(sums, lines, reachable)
        total = None if total is None else _marked(total, sums)
        value = total.value if total else None
        vouched, sold = _vouched(total, sums, lines), pieces_sold(lines, sums.kinds)
        drafts = arithmetic.settle(read.drafts, value, sums, read.unread, vouched=vouched, sold=sold)
        balance = arithmetic.check(drafts, value, sums)
        named = total is not None and (total.entry is None or total.entry.kind not in _PARTS)
        # Items that make their own subtotal prove nothing of an amount to pay that no row names.
        closes = balance.closes and named
        reduced = any(-extra in listed for extra in balance.extras)
        other = None if closes or total is None else _misread_total(total, reachable, sums, lines)
        if other is not None:
            total, closes = other, True
        yield Solved(drafts, total, _orphans(drafts, read.unread), closes, reduced)


def _vouched(total: ChosenTotal | None, sums: Sums, lines: Sequence[Line]) -> frozenset[Decimal]:
    """What the items must make where the page says so twice: with a subtotal or with what was paid."""
    if total is None:
        return frozenset()
    subtotals = {entry.value for entry in sums.of(Kind.SUBTOTAL)}
    agreeing = {value for value in subtotals if total.value in arithmetic.reachable(value, sums)}
    if agreeing:
        return frozenset(agreeing)
    printed = [number.value for line in lines for number in line.prices]
    charged = any(entry.value for entry in sums.of(Kind.TAX, Kind.SERVICE, Kind.TIP, Kind.DISCOUNT))
    if not charged and (total.value in paid_in_cash(sums) or printed.count(total.value) > 1):
        return frozenset({total.value})
    return frozenset()


def _misread_total(
    total: ChosenTotal, reachable: frozenset[Decimal], sums: Sums, lines: Sequence[Line]
) -> ChosenTotal | None:
    """The total with one digit exchanged, where the items and one more sum say what it must be.

    Not if what was paid bears it out, or if it stands there twice: a tax rate that is taken for a tax makes
    two sums agree on a total that nobody printed.
    """
    printed = [number.value for line in lines for number in line.prices]
    if total.value in paid_in_cash(sums) or printed.count(total.value) > 1:
        return None
    meant = {
        value
        for value in reachable & (reckoned_totals(sums) | paid_in_cash(sums))
        if confusable(total.value, value)
    }
    return replace(total, value=meant.pop(), repaired=True) if len(meant) == 1 else None


def _marked(total: ChosenTotal, sums: Sums) -> ChosenTotal:
    """A total that no row names, while one that does differs in a digit: that was misread."""
    named = {entry.value for entry in sums.of(Kind.TOTAL, Kind.FINAL_TOTAL)}
    misread = total.entry is None and any(
        confusable(value, total.value) and abs(value - total.value) > MAX_CASH_ROUNDING for value in named
    )
    return replace(total, repaired=misread)


def _orphans(drafts: Sequence[Draft], unread: Sequence[Unread]) -> int:
    """Named rows without a price among the items; above the first and below the last they mean nothing."""
    if not drafts:
        return len(unread)
    first = min(line.index for draft in drafts for line in draft.lines)
    last = max(line.index for draft in drafts for line in draft.lines)
    return sum(first < row.line.index < last for row in unread)
