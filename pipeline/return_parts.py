"""A return told off by who was paid for its lines: what it takes from which receipt of the purchase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import select

from awarding.returned import Wanted, lines_of
from pipeline.paid_elsewhere import (
    PaidLine,
    as_elsewhere,
    gone_of_purchase,
    paid_elsewhere,
    part_reference,
)
from pipeline.past import Past, past_of
from pipeline.wiring import Wiring
from receipts.award import Award
from receipts.database.repositories.returns import Return, Returns
from receipts.database.tables import ReceiptRow
from receipts.identity import ProgramId, ReceiptId, Sku


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A line brought back, by its position or by its product.

    Attributes:
        quantity: of it; None for all that is left.
    """

    position: int | None = None
    sku: Sku | None = None
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ReportedReturn:
    """What a shop reports.

    Attributes:
        reference: its own number of the return; the same again is the same return.
        lines: brought back; empty for the whole purchase.
    """

    reference: str
    receipt_id: ReceiptId
    lines: tuple[ReturnedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class UnknownLine:
    """The receipt has no such line or product.

    Attributes:
        sentence: which, and what to do.
    """

    sentence: str


def may_be_of(found: Return, asked: Sequence[ReturnedLine]) -> bool:
    """Whether a return may be the answer to what is asked: it took no line, and no piece, beyond that.

    So a reference that is used for a second return of one receipt is refused, and not taken for the first
    told again. What names products, or the whole purchase, is not compared.
    """
    most: dict[int, Decimal | None] = {}
    for line in asked:
        if line.position is None:
            return True
        before = most.get(line.position, Decimal(0))
        if line.quantity is None or before is None:
            most[line.position] = None
        else:
            most[line.position] = before + line.quantity
    if not most:
        return True
    return all(
        position in most and ((limit := most[position]) is None or quantity <= limit)
        for position, quantity in found.lines.items()
    )


Lines = Callable[[Past, Mapping[int, Decimal]], dict[int, Decimal] | UnknownLine]
"""Of a receipt and what of it had come back: what comes back now."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a return takes from one receipt.

    Attributes:
        gone: what of that receipt had come back when the part was told off; None where it takes what is asked
            for as the receipt stands. Where more has come back since, the return is to be told off anew: what
            this part names was brought back by another, and what is left may be another receipt's.
    """

    asked: ReportedReturn
    gone: Mapping[int, Decimal] | None = None


class OutdatedPartError(Exception):
    """More of the receipt was brought back since the return was told off."""


def parts_of(wiring: Wiring, program_id: ProgramId, asked: ReportedReturn, lines: Lines) -> tuple[Part, ...]:
    """The return, or one for each receipt that was paid for some of its lines; never empty.

    The newest has the shop's reference and comes last: told of two photos at once it is one return, and who
    dies between is told the rest again.
    """
    past = past_of(wiring, program_id, asked.receipt_id)
    if past is None:
        return (Part(asked),)
    with wiring.database.read() as session:
        elsewhere = paid_elsewhere(session, past)
        before = Returns(session, program_id).by_reference(asked.reference)
        gone = gone_of_purchase(session, past, elsewhere, asked.reference)
        others = {line.receipt_id for line in elsewhere.values()}
        back = {each: Returns(session, program_id).returned(each) for each in others} | {
            past.receipt_id: past.gone
        }
    if before is not None and before.receipt_id in others:
        # What was asked for is of this photo's lines, and its answer of the other's.
        return (Part(replace(asked, receipt_id=before.receipt_id, lines=())),)
    if before is not None or not elsewhere:
        return (Part(asked),)
    known = as_elsewhere(past, elsewhere)
    wanted = lines(known, gone) or lines(known, past.gone)
    if isinstance(wanted, UnknownLine):
        return (Part(asked if (other := _who_knows(wiring, program_id, asked, others)) is None else other),)
    if elsewhere.keys().isdisjoint(wanted) and gone == past.gone:
        return (Part(asked, past.gone),)
    parts = _told_off(past, wanted, elsewhere)
    if not parts:
        return (Part(asked),)
    with wiring.database.read() as session:
        rows = session.execute(select(ReceiptRow.id, ReceiptRow.number).where(ReceiptRow.id.in_(parts)))
        sent = {ReceiptId(each): number for each, number in rows}
    *first, last = sorted(parts, key=sent.__getitem__)
    references = {each: part_reference(asked.reference, each) for each in first} | {last: asked.reference}
    return tuple(
        Part(ReportedReturn(references[each], each, tuple(parts[each])), back[each])
        for each in (*first, last)
    )


def _told_off(
    past: Past, wanted: Mapping[int, Decimal], elsewhere: Mapping[int, PaidLine]
) -> dict[ReceiptId, list[ReturnedLine]]:
    whole = {item.position: abs(item.quantity) for item in past.receipt.items}
    parts: dict[ReceiptId, list[ReturnedLine]] = {}
    for position, quantity in wanted.items():
        paid = elsewhere.get(position)
        if paid is not None:
            # The other photo may have read another quantity: a whole line is the whole line there.
            there = None if quantity == whole[position] else quantity
            parts.setdefault(paid.receipt_id, []).append(ReturnedLine(paid.position, None, there))
        elif isinstance(past.decision, Award):
            parts.setdefault(past.receipt_id, []).append(ReturnedLine(position, None, quantity))
    return parts


def _who_knows(
    wiring: Wiring, program_id: ProgramId, asked: ReportedReturn, others: set[ReceiptId]
) -> ReportedReturn | None:
    """The return of the photo that has all the products that the shop names, where this one lacks some."""
    skus = {line.sku for line in asked.lines if line.sku is not None}
    if len(skus) < len(asked.lines):
        return None
    for receipt_id in sorted(others):
        past = past_of(wiring, program_id, receipt_id)
        if past is not None and skus <= {match.sku for match in past.matching.matches}:
            return replace(asked, receipt_id=receipt_id)
    return None


def asked_lines(
    past: Past, gone: Mapping[int, Decimal], asked: tuple[ReturnedLine, ...]
) -> dict[int, Decimal] | UnknownLine:
    """How much of which line of the receipt is brought back, as the shop names it.

    Args:
        past: the receipt.
        gone: what of it had come back, by position.
        asked: lines by position or product; empty for all that is left.
    """
    left = {
        item.position: abs(item.quantity) - gone.get(item.position, Decimal(0)) for item in past.receipt.items
    }
    if not asked:
        return {position: quantity for position, quantity in left.items() if quantity > 0}
    found: dict[int, Decimal] = {}
    by_product: list[Wanted] = []
    for line in asked:
        if line.sku is not None:
            if all(match.sku != line.sku for match in past.matching.matches):
                return UnknownLine(f"The receipt has no line of product {line.sku}: name a line's position.")
            by_product.append(
                Wanted(line.sku, sum(left.values(), Decimal(0)) if line.quantity is None else line.quantity)
            )
        elif line.position not in left:
            return UnknownLine(f"The receipt has no line {line.position}: the first is line 0.")
        else:
            wanted = left[line.position] if line.quantity is None else line.quantity
            found[line.position] = min(left[line.position], found.get(line.position, Decimal(0)) + wanted)
    so_far = {position: gone.get(position, Decimal(0)) + found.get(position, 0) for position in left}
    for position, quantity in lines_of(past.receipt, past.matching.matches, so_far, by_product).items():
        found[position] = found.get(position, Decimal(0)) + quantity
    return {position: quantity for position, quantity in found.items() if quantity > 0}
