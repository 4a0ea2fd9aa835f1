"""Goods brought back: their points are taken back, once, however often and by whomever it is reported."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from awarding.returned import lines_of, refunded, what_is_left
from pipeline.amend import Why, amended, post_amendment
from pipeline.clock import utc_now
from pipeline.past import Past, past_of
from pipeline.refund_slips import original_of
from pipeline.return_parts import (
    Lines,
    OutdatedPartError,
    Part,
    ReportedReturn,
    ReturnedLine,
    UnknownLine,
    asked_lines,
    may_be_of,
    parts_of,
)
from pipeline.steps.artefacts import MATCHING, READING, load, matching_from, receipt_from
from pipeline.tries import posting_tries
from pipeline.wiring import Wiring
from receipts.award import Award
from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.returns import Return, Returns, WaitingReturn, ready_returns
from receipts.database.tables import ReceiptRow
from receipts.identity import MemberId, ProgramId, ReceiptId, new_id
from receipts.state import UNFINISHED, ReceiptState

log = structlog.get_logger(__name__)

_TRIES = 5
_REFUND_DAYS = 400
"""A year's warranty and some weeks; older purchases are returned by name only."""
_REFUND_RECEIPTS = 100
_WAITING_A_SWEEP = 20
BROUGHT_BACK = "what earned them was brought back."


@dataclass(frozen=True, slots=True)
class NoSuchPurchase:
    """The program has no such receipt, or it was not paid."""


@dataclass(frozen=True, slots=True)
class NotDecidedYet:
    """The receipt is on its way, waits for a person, or for a retry: the return is kept until it is paid."""


@dataclass(frozen=True, slots=True)
class OtherReturn:
    """The reference was used for another receipt."""

    found: Return | WaitingReturn


ReturnAnswer = Return | NoSuchPurchase | NotDecidedYet | UnknownLine | OtherReturn
_MAY_BE_PAID = {*UNFINISHED, ReceiptState.HELD, ReceiptState.FAILED}


def report_return(wiring: Wiring, program_id: ProgramId, asked: ReportedReturn) -> ReturnAnswer:
    """Take back the points of what was brought back; reported again, the answer is what it was.

    A line that another photo of the purchase was paid for is taken back there. Where that leaves lines of
    several receipts, each has a return of its own, and the answer is the one under the shop's reference.
    """

    def lines(past: Past, gone: Mapping[int, Decimal]) -> dict[int, Decimal] | UnknownLine:
        return asked_lines(past, gone, asked.lines)

    found = _in_parts(wiring, program_id, asked, lines, refund=None)
    if not isinstance(found, _Undecided):
        return found
    return _kept(wiring, program_id, found.asked)


@dataclass(frozen=True, slots=True)
class _Undecided:
    asked: ReportedReturn


def _in_parts(
    wiring: Wiring,
    program_id: ProgramId,
    asked: ReportedReturn,
    lines: Lines,
    *,
    refund: ReceiptId | None,
) -> Return | NoSuchPurchase | UnknownLine | OtherReturn | _Undecided:
    """Take each part back; told off anew where another return of the purchase came in between."""
    for _ in range(_TRIES):
        parts = parts_of(wiring, program_id, asked, lines)
        with suppress(OutdatedPartError):
            for part in parts:
                found = _take_back(wiring, program_id, part, _of_part(part, asked, lines), refund=refund)
                if isinstance(found, NotDecidedYet):
                    return _Undecided(part.asked)
                if not isinstance(found, Return) or part is parts[-1]:
                    return found
    raise StaleBooksError(f"the purchase of {asked.receipt_id} is brought back by many at once")


def _of_part(part: Part, asked: ReportedReturn, lines: Lines) -> Lines:
    """What `lines` tells where the return is of one receipt, else what the part names."""

    def named(past: Past, gone: Mapping[int, Decimal]) -> dict[int, Decimal] | UnknownLine:
        return asked_lines(past, gone, part.asked.lines)

    return lines if part.asked is asked else named


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
    part: Part,
    lines: Lines,
    *,
    refund: ReceiptId | None,
) -> Return | NoSuchPurchase | NotDecidedYet | UnknownLine | OtherReturn:
    receipt_id, reference = part.asked.receipt_id, part.asked.reference
    for attempt in posting_tries():
        with attempt:
            with wiring.database.read() as session:
                before = Returns(session, program_id).by_reference(reference)
            if before is not None:
                same = before.receipt_id == receipt_id and may_be_of(before, part.asked.lines)
                return before if same else OtherReturn(before)
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
            if part.gone not in (None, past.gone):
                raise OutdatedPartError
            wanted = lines(past, past.gone)
            if isinstance(wanted, UnknownLine):
                return wanted
            return _post(wiring, past, reference, wanted, refund=refund)
    raise AssertionError("tenacity either returns or raises")


def _told_otherwise(wiring: Wiring, past: Past, lines: Lines, *, by_slip: bool) -> Return | None:
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
    answer = _in_parts(wiring, program_id, asked, lines, refund=refund_id)
    return answer if isinstance(answer, Return) else None
