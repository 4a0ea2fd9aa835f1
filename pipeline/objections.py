"""A member says that a line of their receipt is wrong: one of us reads it and answers.

A receipt that earned nothing, and that nobody has looked at, becomes a review case at once. One that paid
stays as it is: the answer stands beside the line, and what it may earn more is paid by a rematch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from pipeline.appeal import open_for_line
from pipeline.clock import utc_now
from pipeline.steps.artefacts import DECISION, READING, decision_from, receipt_from
from pipeline.wiring import Wiring
from receipts.award import Decline, DeclineReason
from receipts.database.repositories.objections import Objection, Objections
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.work import Work
from receipts.database.tables import ReceiptRow, SubmissionRow
from receipts.identity import AccountId, MemberId, ProgramId, ReceiptId
from receipts.state import ReceiptState
from receipts.submission import Channel

MOST_OF_A_RECEIPT: Final = 20
TEXT_MOST_CHARS: Final = 500
PAGE_ROWS: Final = 50
_ASKABLE: Final = frozenset({ReceiptState.AWARDED, ReceiptState.DECLINED, ReceiptState.HELD})
_WORTH_A_CASE: Final = frozenset({DeclineReason.NOTHING_ELIGIBLE, DeclineReason.POLICY})

KEPT: Final = "Thank you. A person will read this and answer here."
NO_WORDS: Final = "Write what is wrong, in a few words, and send it again."
STILL_OPEN: Final = "This receipt is still being looked at. Wait for its result, then say what is wrong."
SAID_ENOUGH: Final = "You have said enough of this receipt for a person to look at it."
CASE_OPENED: Final = "Thank you. A person will look at this receipt."


@dataclass(frozen=True, slots=True)
class Kept:
    """A person will read it.

    Attributes:
        sentence: for the member.
    """

    sentence: str


@dataclass(frozen=True, slots=True)
class NotKept:
    """It was not kept.

    Attributes:
        sentence: why, and what to do.
    """

    sentence: str


@dataclass(frozen=True, slots=True)
class NoSuchLine:
    """The member has no such receipt, or it no such line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An objection as the team sees it.

    Attributes:
        line: as printed.
    """

    objection: Objection
    member_name: str
    retailer: str
    line: str


def object_to_line(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    member_id: MemberId,
    receipt_id: ReceiptId,
    position: int,
    text: str,
) -> Kept | NotKept | NoSuchLine:
    """Keep what the member says of one line, and see that a person reads it."""
    words, now = text.strip()[:TEXT_MOST_CHARS], utc_now()
    if not words:
        return NotKept(NO_WORDS)
    with wiring.database.write() as session:
        found = session.execute(
            select(ReceiptRow, SubmissionRow.channel)
            .join(SubmissionRow, SubmissionRow.id == ReceiptRow.submission_id)
            .where(
                ReceiptRow.id == receipt_id,
                ReceiptRow.program_id == program_id,
                ReceiptRow.member_id == member_id,
            )
            .with_for_update(of=ReceiptRow)  # two words at one moment open one case
        ).one_or_none()
        work = Work(session, now)
        if not ProgramData(session, program_id).takes_part(member_id, hold=True):
            return NoSuchLine()
        reading = None if found is None else work.artefact(receipt_id, READING)
        if found is None or reading is None:
            return NoSuchLine()
        row, channel = found
        item = next((each for each in receipt_from(reading).items if each.position == position), None)
        if item is None:
            return NoSuchLine()
        if ReceiptState(row.state) not in _ASKABLE:
            return NotKept(STILL_OPEN)
        objections = Objections(session, program_id, now)
        if objections.count(receipt_id) >= MOST_OF_A_RECEIPT:
            return NotKept(SAID_ENOUGH)
        objections.add(receipt_id, member_id, position, words)
        decided = work.artefact(receipt_id, DECISION)
        decision = None if decided is None else decision_from(decided)
        if (
            row.state == ReceiptState.DECLINED.value
            and isinstance(decision, Decline)
            and decision.reason in _WORTH_A_CASE
            and Reviews(session, program_id, now).of_receipt(receipt_id) is None
        ):
            open_for_line(session, now, row, Channel(channel), decision, line=item.description, words=words)
            return Kept(CASE_OPENED)
    return Kept(KEPT)


def objections_of(
    wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId
) -> Mapping[int, tuple[Objection, ...]]:
    """What was said of the receipt's lines, with answers."""
    with wiring.database.read() as session:
        return Objections(session, program_id, utc_now()).of(receipt_id)


def unanswered(wiring: Wiring, program_id: ProgramId, *, after: int = 0) -> tuple[Asked, ...]:
    """What waits for an answer, oldest first."""
    with wiring.database.read() as session:
        now = utc_now()
        work, data = Work(session, now), ProgramData(session, program_id)
        made = []
        for each in Objections(session, program_id, now).unanswered(after=after, limit=PAGE_ROWS):
            reading = work.artefact(each.receipt_id, READING)
            receipt = None if reading is None else receipt_from(reading)
            items = () if receipt is None else receipt.items
            line = next((item.description for item in items if item.position == each.position), "")
            name = data.member_name(each.member_id) or ""
            made.append(Asked(each, name, "" if receipt is None else receipt.retailer.name, line))
        return tuple(made)


def answer(wiring: Wiring, program_id: ProgramId, number: int, *, by: AccountId, text: str) -> bool:
    """Answer one, for the member to read; False where it was answered before, or there is none."""
    with wiring.database.write() as session:
        return Objections(session, program_id, utc_now()).answer(
            number, by=by, text=text.strip()[:TEXT_MOST_CHARS]
        )
