"""The labelled amounts of a receipt: totals, taxes, payments; and which of them is the amount to pay.

No label decides by itself. Every amount that could be the total collects evidence: what its row is called,
what was paid less the change, whether subtotal and tax lead to it, how often it stands on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Final

from ocr.amounts import CENT_DIGITS, MILLI_DIGITS, Number
from ocr.lexicon import Kind, kind_of
from ocr.lines import Line

MONEY_KINDS: Final = frozenset(
    {
        Kind.FINAL_TOTAL,
        Kind.TOTAL,
        Kind.SUBTOTAL,
        Kind.GROUP_TOTAL,
        Kind.TAX,
        Kind.ROUNDING,
        Kind.SERVICE,
        Kind.TIP,
        Kind.DISCOUNT,
        Kind.PAYMENT,
        Kind.CHANGE,
        Kind.COUNT,
        Kind.SAVINGS,
    }
)

# Weights of evidence, chosen on half of the 160 scans and checked on the other half; no unit.
LABEL_WEIGHT: Final = {
    Kind.FINAL_TOTAL: 5.0,
    Kind.TOTAL: 4.0,
    Kind.PAYMENT: 2.0,
    Kind.SUBTOTAL: 1.0,
    Kind.COUNT: 1.0,
    Kind.GROUP_TOTAL: 0.5,
}
CASH_WEIGHT: Final = 4.0
SUM_WEIGHT: Final = 2.0
REPEAT_WEIGHT: Final = 0.5
MAX_REPEATS: Final = 4
ITEMS_WEIGHT: Final = 2.5
HEIGHT_WEIGHT: Final = 1.0
BIG_PRINT: Final = 1.3
"""A row this much higher than the page's middle is printed large, as totals are."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A row that says what its amount is.

    Attributes:
        value: the row's last price; the next row's where this one has none.
    """

    kind: Kind
    line: Line
    value: Decimal
    number: Number
    at_line: int


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A row of the tax table: what was taxed and the tax."""

    base: Decimal
    tax: Decimal


MAX_ROUNDING: Final = Decimal("0.99")
"""Tills round to 5 cents, 10 cents or the whole unit."""


@dataclass(frozen=True, slots=True)
class Sums:
    """All that the page says about money besides its items."""

    labelled: tuple[Labelled, ...]
    tax_rows: tuple[TaxRow, ...]
    kinds: tuple[Kind, ...]
    largest_rounding: Decimal = MAX_ROUNDING

    def of(self, *kinds: Kind) -> tuple[Labelled, ...]:
        """Rows of these kinds, from top to bottom."""
        return tuple(entry for entry in self.labelled if entry.kind in kinds)


@dataclass(frozen=True, slots=True)
class ChosenTotal:
    """The amount to pay with its evidence.

    Attributes:
        repaired: a digit of it was exchanged, because sums that do not rest on it say what it must be.
    """

    value: Decimal
    score: float
    margin: float
    entry: Labelled | None
    repaired: bool = False


def read_sums(lines: Sequence[Line], name: Callable[[Line], Kind] = kind_of) -> Sums:
    """Names every row and collects the labelled amounts; `name` says what a row is by its words."""
    kinds = _kinds(lines, name)
    labelled: list[Labelled] = []
    tax_rows: list[TaxRow] = []
    taken: set[int] = set()
    for line, kind in zip(lines, kinds, strict=True):
        if kind is Kind.TAX_TABLE:
            row = _tax_row(line)
            if row is not None:
                tax_rows.append(row)
        elif kind in MONEY_KINDS:
            entry = _labelled(line, kind, lines, kinds, taken)
            if entry is not None:
                taken.add(entry.at_line)
                labelled.append(entry)
    return Sums(tuple(labelled), tuple(tax_rows), tuple(kinds))


def price_value(number: Number) -> Decimal:
    """The amount, without a third decimal: that is a tax letter read as a digit (``55.00 T`` as 55.001).

    But for dinars, which have a thousand parts.
    """
    if number.decimals == MILLI_DIGITS and not number.fine:
        return Decimal(str(number.value)[:-1])
    return number.value


def last_price(line: Line) -> Number | None:
    """The rightmost number that looks like money."""
    for number in reversed(line.numbers):
        if number.is_price or (number.decimals == MILLI_DIGITS and not number.unit):
            return number
    return None


_TABLE_ROWS: Final = frozenset({Kind.PLAIN, Kind.TAX, Kind.TOTAL, Kind.GROUP_TOTAL, Kind.SUBTOTAL})


def _kinds(lines: Sequence[Line], name: Callable[[Line], Kind]) -> list[Kind]:
    """Each row's kind; rows of a tax table are found by what stands above them."""
    kinds: list[Kind] = []
    in_table = False
    for line in lines:
        kind = name(line)
        if kind is Kind.TAX_TABLE:
            in_table = True
        elif in_table:
            sums_row = bool(line.numbers) and kind in _TABLE_ROWS
            if sums_row or kind is Kind.HEADER or line.squashed in {"RM", "RMRM"}:
                kind = Kind.TAX_TABLE
            else:
                in_table = False
        kinds.append(kind)
    return kinds


def _tax_row(line: Line) -> TaxRow | None:
    values = [
        price_value(number) for number in line.numbers if number.decimals >= CENT_DIGITS and not number.unit
    ]
    if len(values) < 2 or line.squashed.startswith(("TOTAL", "SUM", "GESAMT")):  # noqa: PLR2004 - base and tax
        return None
    base, tax = max(values[-3:], key=abs), min(values[-2:], key=abs)
    if len(values) > 2 and values[-3] + values[-2] == values[-1]:  # noqa: PLR2004 - net, tax and gross
        # Some tills print the tax first: 7% 0,41 + 5,85 = 6,26.
        tax, base = sorted(values[-3:-1], key=abs)
    return TaxRow(base, tax)


def _labelled(
    line: Line, kind: Kind, lines: Sequence[Line], kinds: Sequence[Kind], taken: set[int]
) -> Labelled | None:
    number = last_price(line)
    if number is not None:
        return Labelled(kind, line, price_value(number), number, line.index)
    for index in (line.index + 1, line.index - 1):
        # On a bent page label and amount part; the amount then stands alone, or beside the next label's.
        if not 0 <= index < len(lines) or index in taken:
            continue
        other = lines[index]
        if kinds[index] is Kind.PLAIN and other.prices and other.letters <= MAX_LONE_LETTERS:
            lone = other.prices[-1]
            return Labelled(kind, line, lone.value, lone, index)
    return None


MAX_LONE_LETTERS: Final = 3
"""A row with no more letters than a currency's holds an amount alone."""


def choose_total(sums: Sums, lines: Sequence[Line], item_sums: Iterable[Decimal] = ()) -> ChosenTotal | None:
    """The amount with the most evidence, if any row names or implies one."""
    scores: dict[Decimal, float] = {}
    entries: dict[Decimal, Labelled] = {}
    heights = sorted(line.height for line in lines)
    middle = heights[len(heights) // 2] if heights else 0.0
    for entry in sums.labelled:
        weight = LABEL_WEIGHT.get(entry.kind, 0.0)
        if weight == 0.0 or (
            entry.value <= 0 and entry.kind is not Kind.FINAL_TOTAL and entry.kind is not Kind.TOTAL
        ):
            continue
        if entry.kind in {Kind.TOTAL, Kind.FINAL_TOTAL} and entry.line.height > BIG_PRINT * middle:
            weight += HEIGHT_WEIGHT
        if weight > scores.get(entry.value, 0.0):
            scores[entry.value] = weight
            entries[entry.value] = entry
    for value in paid_in_cash(sums) | _paid_together(sums, lines):
        scores[value] = scores.get(value, 0.0) + CASH_WEIGHT
    printed = {number.value for line in lines for number in line.prices}
    for value in reckoned_totals(sums) & (printed | set(scores)):
        scores[value] = scores.get(value, 0.0) + SUM_WEIGHT
    _prefer_rounded(scores, sums, printed)
    _prefer_tipped(scores, sums)
    candidates = set(scores)
    for value in candidates & set(item_sums):
        scores[value] += ITEMS_WEIGHT
    repeats = Counter(number.value for line in lines for number in line.prices)
    for value in candidates:
        scores[value] += REPEAT_WEIGHT * min(MAX_REPEATS, repeats[value] - 1)
    # Nothing to pay is what a faded row reads as: any other amount with a label comes before it.
    ranked = sorted(scores, key=lambda value: (value == 0, -scores[value], -value))
    if not ranked or (scores[ranked[0]] <= LABEL_WEIGHT[Kind.COUNT] and ranked[0] not in set(item_sums)):
        return None
    best = ranked[0]
    margin = scores[best] - (scores[ranked[1]] if len(ranked) > 1 else 0.0)
    return ChosenTotal(best, scores[best], margin, entries.get(best))


def _prefer_tipped(scores: dict[Decimal, float], sums: Sums) -> None:
    """Where a tip stands below a total and both together were charged, that is what was paid."""
    charged = {entry.value for entry in sums.of(Kind.PAYMENT, Kind.TOTAL, Kind.FINAL_TOTAL)}
    for tip in sums.of(Kind.TIP):
        above = [e.value for e in sums.of(Kind.TOTAL, Kind.FINAL_TOTAL) if e.line.index < tip.line.index]
        for total in above:
            paid = total + tip.value
            if tip.value > 0 and paid in charged and total in scores:
                scores[paid] = max(scores.get(paid, 0.0), scores[total] + ROUNDED_BONUS)


def _prefer_rounded(scores: dict[Decimal, float], sums: Sums, printed: set[Decimal]) -> None:
    """Where a rounding row leads from one total to another that is printed too, the rounded one is paid."""
    for entry in sums.of(Kind.ROUNDING):
        if not 0 < abs(entry.value) <= sums.largest_rounding:
            continue
        above = [e.value for e in sums.of(Kind.TOTAL, Kind.FINAL_TOTAL) if e.line.index < entry.line.index]
        for total in above:
            rounded = total + entry.value
            if rounded in printed and total in scores:
                scores[rounded] = max(scores.get(rounded, 0.0), scores[total] + ROUNDED_BONUS)


ROUNDED_BONUS: Final = 0.75


def paid_in_cash(sums: Sums) -> set[Decimal]:
    """What was paid less what came back, for every pair of rows that says so."""
    paid = [entry.value for entry in sums.of(Kind.PAYMENT)]
    back = [entry.value for entry in sums.of(Kind.CHANGE)]
    return {p - abs(b) for p in map(abs, paid) for b in back if abs(b) and p > abs(b)}


def _paid_together(sums: Sums, lines: Sequence[Line]) -> set[Decimal]:
    """What several tenders make, if it stands above them: one of them may pay just some of the goods."""
    paid = [entry for entry in sums.of(Kind.PAYMENT) if entry.value > 0]
    if len(paid) < MIN_TENDERS:
        return set()
    whole = sum((entry.value for entry in paid), Decimal(0))
    above = {number.value for line in lines[: paid[0].line.index] for number in line.prices}
    back = {abs(entry.value) for entry in sums.of(Kind.CHANGE)} | {Decimal(0)}
    return {whole - change for change in back} & above


MIN_TENDERS: Final = 2


def reckoned_totals(sums: Sums) -> set[Decimal]:
    """Totals that subtotal, tax, service, rounding and discount lead to."""
    zero = Decimal(0)
    starts = _lowest(sums.of(Kind.SUBTOTAL, Kind.TOTAL, Kind.GROUP_TOTAL), MOST_STARTS)
    taxes = {zero} | _lowest(sums.of(Kind.TAX), MOST_OF_A_KIND)
    taxes |= {sum((row.tax for row in sums.tax_rows), zero)}
    services = {zero} | _lowest(sums.of(Kind.SERVICE, Kind.TIP), MOST_OF_A_KIND)
    roundings = {zero} | _lowest(sums.of(Kind.ROUNDING), MOST_OF_A_KIND)
    discounts = {zero} | {abs(value) for value in _lowest(sums.of(Kind.DISCOUNT), MOST_STARTS)}
    reckoned = {
        start + tax + service + rounding - discount
        for start in starts
        for tax in taxes
        for service in services
        for rounding in roundings
        for discount in discounts
        if any((tax, service, rounding, discount))
    }
    return reckoned | {row.base + row.tax for row in sums.tax_rows}


MOST_OF_A_KIND: Final = 4
"""Rows of taxes, services and roundings that are combined with each other."""
MOST_STARTS: Final = 8
"""Rows of sums and of discounts: all in all at most 9,000 combinations, where receipts have a dozen."""


def _lowest(entries: Sequence[Labelled], most: int) -> set[Decimal]:
    """Distinct amounts, those at the foot of the page where there are too many."""
    last = dict.fromkeys(entry.value for entry in sorted(entries, key=lambda entry: -entry.line.index))
    return set(islice(last, most))


def overruled_total(sums: Sums, lines: Sequence[Line], total: Decimal | None) -> Decimal | None:
    """What the only row called total says, where another amount was taken and nothing printed explains it.

    A misread digit looks so, and so does a total that was changed: lines, tax and payment still make the old.
    """
    said = {entry.value for entry in sums.of(Kind.TOTAL, Kind.FINAL_TOTAL)}
    if total is None or len(said) != 1 or total in said:
        return None
    other = said.pop()
    rounding = sums.largest_rounding if sums.largest_rounding > MAX_ROUNDING else ROUNDED_BY
    apart = abs(other - total)
    # Rounding, a tip, a deposit, tax that is added below: tills print what leads from one to the other.
    printed = {abs(number.value) for line in lines for number in line.prices}
    return None if apart <= rounding or apart in printed or other == -total else other


ROUNDED_BY: Final = Decimal("0.05")
"""The most by which cash is rounded to ten cents, where the country's whole units are not the step."""


def choose_tax(sums: Sums, total: Decimal | None, subtotal: Decimal | None) -> Decimal | None:
    """The tax of the whole receipt: the reading that fits subtotal and total, else the plainest one."""
    zero = Decimal(0)
    lines = [
        entry for entry in sums.of(Kind.TAX) if total is None or abs(entry.value) < abs(total) or not total
    ]
    whole = [
        entry.value for entry in lines if entry.line.squashed.startswith(("TOTALTAX", "TOTALGST", "TAXTOTAL"))
    ]
    first_payment = min((entry.line.index for entry in sums.of(Kind.PAYMENT, Kind.CHANGE)), default=None)
    early = [e.value for e in lines if first_payment is None or e.line.index < first_payment]
    readings = [*whole]
    if early:
        readings += [sum(early, zero), *early]
    if sums.tax_rows:
        readings.append(sum((row.tax for row in sums.tax_rows), zero))
    if lines:
        readings += [lines[-1].value]
    if not readings:
        return None
    if total is not None:
        bases = {row.base for row in sums.tax_rows} | {sum((row.base for row in sums.tax_rows), zero)}
        if subtotal is not None:
            bases.add(subtotal)
        for reading in readings:
            if reading and any(base + reading == total for base in bases):
                return reading
    return readings[0]


def choose_subtotal(sums: Sums, total: Decimal | None) -> Decimal | None:
    """The sum before tax that the receipt prints, if it prints one."""
    entries = [entry for entry in sums.of(Kind.SUBTOTAL) if entry.value or total == 0]
    return entries[0].value if entries else None
