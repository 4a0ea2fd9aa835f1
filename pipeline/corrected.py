"""What a reviewer corrects of a reading: pure, and the sums are done anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from receipts.money import Money, total_of
from receipts.receipt import FieldConfidence, Identity, LineItem, Receipt

LINES_MOST = 500
AMOUNT_MOST_MINOR = 10**11
QUANTITY_MOST = Decimal(100_000)
QUANTITY_DIGITS = 6
"""Behind the point; scales print three."""
WORDS_MOST = 200


@dataclass(frozen=True, slots=True)
class FixedLine:
    """A line as it should read.

    Attributes:
        position: of the line as read; None for one that was not read at all.
        amount: as printed before a discount on a line of its own.
    """

    position: int | None
    description: str
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Correction:
    """What should read otherwise; None, or no line, where the reading stands.

    Attributes:
        removed: positions of what is no line of the receipt.
    """

    retailer: str | None = None
    date: dt.date | None = None
    total: Decimal | None = None
    lines: tuple[FixedLine, ...] = ()
    removed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class WrongCorrection:
    """It cannot be; the sentence says what and what to do."""

    sentence: str


def corrected(receipt: Receipt, wanted: Correction, *, today: dt.date) -> Receipt | WrongCorrection:
    """The receipt as corrected, with its balance worked out anew; the same receipt where nothing differs.

    Lines keep their positions, so that what was matched and paid by position still names the same line; a
    new line takes the next free one.
    """
    if (wrong := _wrong(receipt, wanted, today)) is not None:
        return wrong
    sure: set[str] = set()
    if wanted.retailer is not None and wanted.retailer != receipt.retailer.name:
        receipt = replace(receipt, retailer=replace(receipt.retailer, name=wanted.retailer))
        sure.add("retailer")
    if wanted.date is not None and wanted.date != receipt.date:
        receipt = replace(receipt, date=wanted.date, date_alternative=None)
        sure.add("date")
    total = receipt.total if wanted.total is None else Money.of(wanted.total, receipt.currency)
    items = _items(receipt, wanted)
    if total != receipt.total:
        sure.add("total")
    if total == receipt.total and items == receipt.items:
        return _surer(receipt, sure)
    balanced = balances(receipt, items, total)
    return _surer(
        replace(
            receipt,
            total=total,
            items=items,
            balanced=balanced,
            identities=(Identity.ITEMS_TOTAL,) if balanced else (),
        ),
        sure,
    )


def balances(before: Receipt, items: Sequence[LineItem], total: Money | None) -> bool:
    """Whether the lines make the total: as they are, with the tax, or with what was added to them as read.

    A receipt that added up as read may print service or rounding, which are kept in no field: what lay
    between its lines and its total then may lie between them still.
    """
    if total is None or not items:
        return False
    extra = total.minor - _net(before, items)
    allowed = {0}
    if before.tax is not None:
        allowed.add(before.tax.minor)
    if before.balanced and before.total is not None:
        allowed.add(before.total.minor - _net(before, before.items))
    return extra in allowed


def _net(receipt: Receipt, items: Sequence[LineItem]) -> int:
    return total_of([item.net for item in items], receipt.currency).minor


def _items(receipt: Receipt, wanted: Correction) -> tuple[LineItem, ...]:
    fixes = {line.position: line for line in wanted.lines if line.position is not None}
    kept = [
        _fixed(item, fixes[item.position], receipt) if item.position in fixes else item
        for item in receipt.items
        if item.position not in wanted.removed
    ]
    free = 1 + max((item.position for item in receipt.items), default=-1)
    added = [line for line in wanted.lines if line.position is None]
    for position, line in enumerate(added, start=free):
        kept.append(
            LineItem(
                position=position,
                description=line.description,
                quantity=line.quantity,
                unit_price=None,
                amount=Money.of(line.amount, receipt.currency),
                discount=None,
                code=None,
                confidence=1.0,
            )
        )
    return tuple(kept)


def _fixed(item: LineItem, line: FixedLine, receipt: Receipt) -> LineItem:
    amount = Money.of(line.amount, receipt.currency)
    same = (item.description, item.quantity, item.amount) == (line.description, line.quantity, amount)
    if same:
        return item
    priced = item.unit_price if (item.quantity, item.amount) == (line.quantity, amount) else None
    return replace(
        item,
        description=line.description,
        quantity=line.quantity,
        amount=amount,
        unit_price=priced,
        confidence=1.0,
        repaired=False,
    )


def _surer(receipt: Receipt, fields: set[str]) -> Receipt:
    """A person said so: the fields are sure, and stand where they were read."""
    if not fields:
        return receipt
    places = {entry.field: entry.quad for entry in receipt.confidence}
    kept = tuple(entry for entry in receipt.confidence if entry.field not in fields)
    said = tuple(FieldConfidence(name, 1.0, places.get(name)) for name in sorted(fields))
    repaired = tuple(name for name in receipt.repaired if name not in fields)
    return replace(receipt, confidence=kept + said, repaired=repaired)


def _wrong(receipt: Receipt, wanted: Correction, today: dt.date) -> WrongCorrection | None:
    known = {item.position for item in receipt.items}
    named = [line.position for line in wanted.lines if line.position is not None]
    for position in (*named, *sorted(wanted.removed)):
        if position not in known:
            return WrongCorrection(
                f"The receipt has no line {position}. Reload the case and correct it again."
            )
    if len(named) != len(set(named)) or wanted.removed & set(named):
        return WrongCorrection("A line was corrected twice, or corrected and removed. Say it once.")
    if len(receipt.items) + len(wanted.lines) - len(named) > LINES_MOST:
        return WrongCorrection(f"A receipt has at most {LINES_MOST} lines.")
    if wanted.date is not None and wanted.date > today + dt.timedelta(days=1):
        return WrongCorrection(f"{wanted.date.isoformat()} is yet to come. Type the day that is printed.")
    if wanted.retailer is not None and not 0 < len(wanted.retailer.strip()) <= WORDS_MOST:
        return WrongCorrection(f"The shop's name has 1 to {WORDS_MOST} characters.")
    if wanted.total is not None and not _is_amount(wanted.total, receipt):
        return WrongCorrection("The total is no amount of money that a receipt shows. Type it as 12.90.")
    for line in wanted.lines:
        if not 0 < len(line.description) <= WORDS_MOST:
            return WrongCorrection(f"Every line needs its words, at most {WORDS_MOST} characters.")
        if not _is_quantity(line.quantity):
            return WrongCorrection(f"“{line.description}” needs a quantity above 0, such as 1 or 0.482.")
        if not _is_amount(line.amount, receipt):
            return WrongCorrection(f"“{line.description}” needs an amount such as 3.29, or -0.50.")
    return None


def _is_quantity(value: Decimal) -> bool:
    """Of so few digits that it can be written out: 1E-999999 is a number, and a text of a megabyte."""
    return value.is_finite() and 0 < value <= QUANTITY_MOST and value == round(value, QUANTITY_DIGITS)


def _is_amount(value: Decimal, receipt: Receipt) -> bool:
    return (
        value.is_finite()
        and abs(value) < AMOUNT_MOST_MINOR
        and (abs(Money.of(value, receipt.currency).minor) < AMOUNT_MOST_MINOR)
    )
