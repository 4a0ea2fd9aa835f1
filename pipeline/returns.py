"""Goods brought back: their points are taken back, once, however often and by whomever it is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

from awarding.returned import Wanted, lines_of, refunded, what_is_left
from pipeline.amend import Why, amended, post_amendment
from pipeline.clock import utc_now
from pipeline.paid_elsewhere import PaidLine, gone_of_purchase, paid_elsewhere, part_reference
from pipeline.past import Past, past_of
from pipeline.refund_slips import original_of
from pipeline.steps.artefacts import MATCHING, READING, load, matching_from, receipt_from
from pipeline.wiring import Wiring
from receipts.award import Award
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.returns import Return, Returns, WaitingReturn, ready_returns
from receipts.database.tables import ReceiptRow
from receipts.identity import MemberId, ProgramId, ReceiptId, Sku, new_id
from receipts.state import UNFINISHED, ReceiptState

log = structlog.get_logger(__name__)

_TRIES = 5
_REFUND_DAYS = 400
"""A year's warranty and some weeks; older purchases are returned by name only."""
_REFUND_RECEIPTS = 100
_WAITING_A_SWEEP = 20
BROUGHT_BACK = "what earned them was brought back."


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
class NoSuchPurchase:
    """The program has no such receipt, or it was not paid."""


@dataclass(frozen=True, slots=True)
class NotDecidedYet:
    """The receipt is on its way, waits for a person, or for a retry: the return is kept until it is paid."""


@dataclass(frozen=True, slots=True)
class UnknownLine:
    """The receipt has no such line or product.

    Attributes:
        sentence: which, and what to do.
    """

    sentence: str


@dataclass(frozen=True, slots=True)
class OtherReturn:
    """The reference was used for another receipt."""

    found: Return | WaitingReturn


_Lines = Callable[[Past, Mapping[int, Decimal]], dict[int, Decimal] | UnknownLine]
ReturnAnswer = Return | NoSuchPurchase | NotDecidedYet | UnknownLine | OtherReturn
_MAY_BE_PAID = {*UNFINISHED, ReceiptState.HELD, ReceiptState.FAILED}


def report_return(wiring: Wiring, program_id: ProgramId, asked: ReportedReturn) -> ReturnAnswer:
    """Take back the points of what was brought back; reported again, the answer is what it was.

    A line that another photo of the purchase was paid for is taken back there. Where that leaves lines of
    several receipts, each has a return of its own, and the answer is the one under the shop's reference.
    """

    def lines(past: Past, gone: Mapping[int, Decimal]) -> dict[int, Decimal] | UnknownLine:
        return _asked_lines(past, gone, asked.lines)

    *others, last = _by_who_was_paid(wiring, program_id, asked, lines)
    for each in others:  # the shop's reference last: who dies between is told the rest again
        found = _reported(wiring, program_id, each)
        if not isinstance(found, Return):
            return found
    return _reported(wiring, program_id, last)


def _reported(wiring: Wiring, program_id: ProgramId, asked: ReportedReturn) -> ReturnAnswer:
    found = _take_part(wiring, program_id, asked, None, refund=None)
    return _kept(wiring, program_id, asked) if isinstance(found, NotDecidedYet) else found


def _take_part(
    wiring: Wiring,
    program_id: ProgramId,
    asked: ReportedReturn,
    lines: _Lines | None,
    *,
    refund: ReceiptId | None,
) -> ReturnAnswer:
    """Take back the lines that are asked for, or what `lines` tells where it is given."""

    def named(past: Past, gone: Mapping[int, Decimal]) -> dict[int, Decimal] | UnknownLine:
        return _asked_lines(past, gone, asked.lines)

    return _take_back(wiring, program_id, asked.receipt_id, asked.reference, lines or named, refund=refund)


def _by_who_was_paid(
    wiring: Wiring, program_id: ProgramId, asked: ReportedReturn, lines: _Lines
) -> list[ReportedReturn]:
    """The return, or one for each receipt that was paid for some of its lines; never empty."""
    past = past_of(wiring, program_id, asked.receipt_id)
    if past is None:
        return [asked]
    with wiring.database.read() as session:
        elsewhere = paid_elsewhere(session, past)
        before = Returns(session, program_id).by_reference(asked.reference)
        gone = gone_of_purchase(session, past, elsewhere, asked.reference)
    if before is not None and before.receipt_id in {paid.receipt_id for paid in elsewhere.values()}:
        return [replace(asked, receipt_id=before.receipt_id)]
    if before is not None or not elsewhere:
        return [asked]
    wanted = lines(past, gone) or lines(past, past.gone)
    if isinstance(wanted, UnknownLine) and all(line.sku is not None for line in asked.lines):
        # The photo that was paid may have been corrected to the product that the shop names.
        knowing = _who_knows(wiring, program_id, {line.sku for line in asked.lines if line.sku}, elsewhere)
        return [asked if knowing is None else replace(asked, receipt_id=knowing)]
    if isinstance(wanted, UnknownLine) or (elsewhere.keys().isdisjoint(wanted) and gone == past.gone):
        return [asked]
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
    if not parts:
        return [asked]
    with wiring.database.read() as session:
        rows = session.execute(select(ReceiptRow.id, ReceiptRow.number).where(ReceiptRow.id.in_(parts)))
        sent = {ReceiptId(each): number for each, number in rows}
    # The newest has the shop's reference, whichever photo is named: told of two at once it is one return.
    *others, last = sorted(parts, key=sent.__getitem__)
    return [
        *(ReportedReturn(part_reference(asked.reference, each), each, tuple(parts[each])) for each in others),
        ReportedReturn(asked.reference, last, tuple(parts[last])),
    ]


def _who_knows(
    wiring: Wiring, program_id: ProgramId, skus: set[Sku], elsewhere: Mapping[int, PaidLine]
) -> ReceiptId | None:
    for receipt_id in sorted({line.receipt_id for line in elsewhere.values()}):
        past = past_of(wiring, program_id, receipt_id)
        if past is not None and skus <= {match.sku for match in past.matching.matches}:
            return receipt_id
    return None


def _kept(wiring: Wiring, program_id: ProgramId, asked: ReportedReturn) -> NotDecidedYet | OtherReturn:
    """Keep what was reported too early: the sweep takes it once the receipt is paid."""
    lines = [
        {
            "position": each.position,
            "sku": each.sku,
            "quantity": None if each.quantity is None else f"{each.quantity:f}",
        }
        for each in asked.lines
    ]
    waiting = WaitingReturn(program_id, asked.reference, asked.receipt_id, tuple(lines))
    with wiring.database.write() as session:
        kept = Returns(session, program_id).keep_waiting(waiting, utc_now())
    return NotDecidedYet() if kept.receipt_id == asked.receipt_id else OtherReturn(kept)


def take_waiting(wiring: Wiring) -> int:
    """Take back what was reported before its receipt was paid; how many returns that were."""
    with wiring.database.read() as session:
        ready = ready_returns(session, limit=_WAITING_A_SWEEP)
    for each in ready:
        lines = tuple(_line_from(line) for line in each.lines)
        asked = ReportedReturn(each.reference, each.receipt_id, lines)
        try:
            found = report_return(wiring, each.program_id, asked)
        except (StaleBooksError, IntegrityError) as error:
            log.warning("return taken later", reference=each.reference, reason=str(error))
            continue
        if not isinstance(found, Return):
            log.error("a return that waited fits nothing", reference=each.reference, found=str(found))
        with wiring.database.write() as session:
            Returns(session, each.program_id).waits_no_more(each.reference)
    return len(ready)


def _line_from(kept: Mapping[str, Any]) -> ReturnedLine:
    quantity = kept["quantity"]
    return ReturnedLine(kept["position"], kept["sku"], None if quantity is None else Decimal(quantity))


def _take_back(
    wiring: Wiring,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    reference: str,
    lines: _Lines,
    *,
    refund: ReceiptId | None,
) -> ReturnAnswer:
    retrying = Retrying(
        retry=retry_if_exception_type((StaleBooksError, IntegrityError)),
        stop=stop_after_attempt(_TRIES),
        reraise=True,
    )
    for attempt in retrying:
        with attempt:
            with wiring.database.read() as session:
                before = Returns(session, program_id).by_reference(reference)
            if before is not None:
                return before if before.receipt_id == receipt_id else OtherReturn(before)
            past = past_of(wiring, program_id, receipt_id)
            if past is None and _may_be_paid(wiring, program_id, receipt_id):
                return NotDecidedYet()
            if past is None or not isinstance(past.decision, Award):
                return NoSuchPurchase()
            if twin := _told_otherwise(wiring, past, lines, by_slip=refund is not None):
                with wiring.database.write() as session:
                    again = Returns(session, program_id)
                    again.told_again(twin, reference, utc_now(), by_slip=refund is not None)
                return twin
            wanted = lines(past, past.gone)
            if isinstance(wanted, UnknownLine):
                return wanted
            return _post(wiring, past, reference, wanted, refund=refund)
    raise AssertionError("tenacity either returns or raises")


def _told_otherwise(wiring: Wiring, past: Past, lines: _Lines, *, by_slip: bool) -> Return | None:
    """The return that a shop reported and a slip tells of once more, or the other way round.

    It is of exactly the same pieces, and each return has one slip: a second slip is of a second return.
    """
    with wiring.database.read() as session:
        told = Returns(session, past.program_id).told_once(past.receipt_id, by_slip=not by_slip)
    for each in told:
        before = {position: gone - each.lines.get(position, 0) for position, gone in past.gone.items()}
        if each.lines and lines(past, before) == dict(each.lines):
            return each
    return None


def _may_be_paid(wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId) -> bool:
    with wiring.database.read() as session:
        state = session.scalar(
            select(ReceiptRow.state).where(ReceiptRow.id == receipt_id, ReceiptRow.program_id == program_id)
        )
    return state is not None and ReceiptState(state) in _MAY_BE_PAID


def _post(
    wiring: Wiring,
    past: Past,
    reference: str,
    lines: Mapping[int, Decimal],
    *,
    refund: ReceiptId | None,
) -> Return:
    gone = past.gone
    both = {*gone, *lines}
    all_gone = {position: gone.get(position, Decimal(0)) + lines.get(position, 0) for position in both}
    found = amended(wiring, past, what_is_left(past.receipt, all_gone))
    return_id = new_id("ret")
    with wiring.database.write() as session:
        taken = post_amendment(session, found, Why("return", BROUGHT_BACK, return_id))
        returns = Returns(session, past.program_id)
        if returns.returned(past.receipt_id) != gone:
            raise StaleBooksError(f"more of {past.receipt_id} was brought back meanwhile")
        made = Return(
            id=return_id,
            member_id=past.member_id,
            receipt_id=past.receipt_id,
            refund_receipt_id=refund,
            reference=reference,
            lines=lines,
            taken=taken.points,
            short=taken.short,
            created_at=utc_now(),
        )
        returns.add(made)
    return made


def _asked_lines(
    past: Past, gone: Mapping[int, Decimal], asked: tuple[ReturnedLine, ...]
) -> dict[int, Decimal] | UnknownLine:
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


def take_refund(wiring: Wiring, program_id: ProgramId, refund_id: ReceiptId) -> Return | None:
    """Match a refund's own receipt to the purchase and take back its points; None where none is found.

    By a number that both name, else by shop and products: the member's newest purchase that has them all.
    """
    with wiring.database.read() as session:
        row = session.scalars(
            select(ReceiptRow).where(ReceiptRow.id == refund_id, ReceiptRow.program_id == program_id)
        ).one()
        since = row.received_at - timedelta(days=_REFUND_DAYS)
        member_id, key = MemberId(row.member_id), row.purchase_key or refund_id
        earlier = Returns(session, program_id).by_reference(f"refund:{key}"[:200])
        if earlier is not None and earlier.member_id == member_id:  # before references named the member
            return earlier
        paid = Returns(session, program_id).paid_receipts(member_id, since=since, limit=_REFUND_RECEIPTS)
    reading, made = load(wiring, refund_id, READING, MATCHING)
    refund = receipt_from(reading)
    wanted = refunded(refund, matching_from(made).matches)
    if not wanted:
        return None
    candidates = [past for each in paid if (past := past_of(wiring, program_id, each)) is not None]

    def lines(past: Past, gone: Mapping[int, Decimal]) -> dict[int, Decimal] | UnknownLine:
        return lines_of(past.receipt, past.matching.matches, gone, wanted)

    def told(past: Past) -> bool:
        return _told_otherwise(wiring, past, lines, by_slip=True) is not None

    original = original_of(refund, candidates, wanted, told=told)
    if original is None:
        return None
    # A slip takes from nobody but who sends it, so that one found or stolen harms no other member.
    reference = f"refund:{member_id}:{key}"[:200]
    asked = ReportedReturn(reference, original.receipt_id)
    answer: ReturnAnswer | None = None
    for part in _by_who_was_paid(wiring, program_id, asked, lines):
        answer = _take_part(wiring, program_id, part, lines if part is asked else None, refund=refund_id)
        if not isinstance(answer, Return):
            return None
    return answer if isinstance(answer, Return) else None
