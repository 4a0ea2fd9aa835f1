"""Asking a person to look at what the policy declined: the receipt becomes a case like any held one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import Enum

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from awarding.post import held_data
from pipeline.answers.rest import tell_when_at_rest
from pipeline.clock import utc_now
from pipeline.steps.artefacts import DECISION, READING, decision_artefact, decision_from, receipt_from
from pipeline.wiring import Wiring
from receipts.award import Decline, DeclineReason, Hold, HoldReason
from receipts.database.codec import to_json
from receipts.database.repositories.books import Books
from receipts.database.repositories.cases import ReviewCase
from receipts.database.repositories.desk import Desk
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.work import Work
from receipts.database.tables import ReceiptRow, SubmissionRow
from receipts.identity import MemberId, ProgramId, ReceiptId, ReviewCaseId, SubmissionId
from receipts.message import MessageType
from receipts.money import Points
from receipts.state import ReceiptState, check_transition
from receipts.submission import Channel

SECOND_LOOK = "second_look"
"""The code of the reason that such a case has."""
REVERSED = "reversed"
"""The same of a case whose decline two reviewers took back."""
LINE_OBJECTION = "line_objection"
"""The same of a case that a member's word on a line opened."""


class Asked(Enum):
    """What came of asking."""

    OPENED = "opened"
    OPEN_BEFORE = "open_before"
    """A person looks at it already."""
    NOT_DECLINED_BY_POLICY = "not_declined_by_policy"
    """It was paid, or earned nothing for another reason, or a person has decided it."""
    NO_SUCH_RECEIPT = "no_such_receipt"


def ask_for_a_person(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    asked_by: str,
    member_id: MemberId | None = None,
) -> Asked:
    """Open a case for a receipt that the policy declined, and tell the member that one of us will look.

    Args:
        wiring: the process's parts.
        program_id: the caller's program.
        receipt_id: the receipt.
        asked_by: for the reviewer, such as ``the member``.
        member_id: whose receipt it must be, where a member asks.
    """
    now = utc_now()
    with wiring.database.write() as session:
        query = (
            select(ReceiptRow, SubmissionRow.channel)
            .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
            .where(ReceiptRow.id == receipt_id, ReceiptRow.program_id == program_id)
        )
        if member_id is not None:
            query = query.where(ReceiptRow.member_id == member_id)
        found = session.execute(query).one_or_none()
        if found is None:
            return Asked.NO_SUCH_RECEIPT
        row, channel = found
        if row.state == ReceiptState.HELD.value:
            return Asked.OPEN_BEFORE
        work = Work(session, now)
        decided = work.artefact(receipt_id, DECISION)
        before = None if decided is None else decision_from(decided)
        if not may_ask(ReceiptState(row.state), before):
            return Asked.NOT_DECLINED_BY_POLICY
        reason = HoldReason(
            code=SECOND_LOOK,
            member_sentence="You asked us to look at this receipt, and one of us will.",
            reviewer_sentence=(
                f"The policy declined it, and {asked_by} asked for a person: judge it by the findings."
            ),
        )
        return _open(session, now, row, Channel(channel), before, asked_by, reason)


def may_ask(state: ReceiptState, decision: object) -> bool:
    """Whether the policy alone declined it, and nobody has looked."""
    return (
        state is ReceiptState.DECLINED
        and isinstance(decision, Decline)
        and decision.reason is DeclineReason.POLICY
    )


def open_for_line(
    session: Session,
    now: datetime,
    row: ReceiptRow,
    channel: Channel,
    before: Decline,
    *,
    line: str,
    words: str,
) -> None:
    """Open a case for a declined receipt of which the member says that a line is wrong."""
    reason = HoldReason(
        code=LINE_OBJECTION,
        member_sentence="You told us that a line of this receipt is wrong, and one of us will look.",
        reviewer_sentence=f"The member says of the line “{line}”: “{words}”",
    )
    _open(session, now, row, channel, before, "the member", reason)


def reopen(wiring: Wiring, *, program_id: ProgramId, case: ReviewCase, why: str) -> None:
    """Open the case of a receipt again that a reviewer declined; done again it changes nothing."""
    now = utc_now()
    reason = HoldReason(
        code=REVERSED,
        member_sentence="One of us looked at this receipt again, and it will be decided anew.",
        reviewer_sentence=f"It was declined, and two of you found that wrong: “{why}”",
    )
    with wiring.database.write() as session:
        found = session.execute(
            select(ReceiptRow, SubmissionRow.channel)
            .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
            .where(ReceiptRow.id == case.receipt_id, ReceiptRow.program_id == program_id)
        ).one()
        row, channel = found
        decided = Work(session, now).artefact(case.receipt_id, DECISION)
        before = None if decided is None else decision_from(decided)
        if row.state == ReceiptState.DECLINED.value and isinstance(before, Decline):
            before = replace(before, would_pay=Points(case.would_pay))
            _open(session, now, row, Channel(channel), before, "two reviewers", reason, again=case.id)


def _open(
    session: Session,
    now: datetime,
    row: ReceiptRow,
    channel: Channel,
    before: object,
    asked_by: str,
    reason: HoldReason,
    again: ReviewCaseId | None = None,
) -> Asked:
    if not isinstance(before, Decline):
        raise LookupError(f"receipt {row.id} was not declined")
    check_transition(before=ReceiptState.DECLINED, after=ReceiptState.HELD)
    moved = session.execute(
        update(ReceiptRow)
        .where(ReceiptRow.id == row.id, ReceiptRow.state == ReceiptState.DECLINED.value)
        .values(state=ReceiptState.HELD.value, points=None, updated_at=now)
    )
    if not isinstance(moved, CursorResult) or moved.rowcount != 1:
        return Asked.OPEN_BEFORE
    hold = Hold(
        reasons=(reason,),
        would_pay=before.would_pay,
        outcomes=before.outcomes,
    )
    program_id, receipt_id = ProgramId(row.program_id), ReceiptId(row.id)
    submission_id = SubmissionId(row.submission_id)
    work = Work(session, now)
    reading = work.artefact(receipt_id, READING)
    if reading is None:
        raise LookupError(f"receipt {row.id} was declined and has no reading")
    work.add_artefact(receipt_id, decision_artefact(hold, versions={"asked_by": asked_by}))
    reasons = to_json(hold.reasons, tuple[HoldReason, ...])
    if again is None:
        Reviews(session, program_id, now).open(receipt_id, reasons=reasons, would_pay=hold.would_pay)
    else:
        Desk(session, program_id, now).reopen(again, reasons=reasons)
    data = held_data(
        receipt_id=receipt_id,
        submission_id=submission_id,
        channel=channel,
        receipt=receipt_from(reading),
        hold=hold,
    )
    Books(session, program_id, now).send(MemberId(row.member_id), MessageType.RECEIPT_HELD, data)
    tell_when_at_rest(session, now, program_id=program_id, submission_id=submission_id)
    return Asked.OPENED
