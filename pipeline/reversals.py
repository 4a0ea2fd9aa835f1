"""Reversing a reviewer's decision that took effect: one proposes it, another person agrees.

An approval is reversed by taking back what its lines were paid, by the code of every correction; a decline by
opening the case again. Both are done before the second word is kept and change nothing when done twice, so
whoever was interrupted agrees again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipeline.appeal import reopen
from pipeline.clock import utc_now
from pipeline.past import past_of
from pipeline.review_terms import review_terms_of
from pipeline.take_back import correct
from pipeline.wiring import Wiring
from receipts.award import Decline, DeclineReason
from receipts.database.repositories.cases import ReviewCase
from receipts.database.repositories.desk import Desk
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.second_words import SecondWord, SecondWords, WordKind
from receipts.identity import AccountId, ProgramId, ReceiptId, ReviewCaseId


class Reversal(Enum):
    """What came of it."""

    PROPOSED = "proposed"
    REVERSED = "reversed"
    REFUSED = "refused"
    NO_SUCH_CASE = "no_such_case"
    NOT_DECIDED = "not_decided"
    """It is open, or was ended by its member: there is no reviewer's decision to reverse."""
    NOTHING_PROPOSED = "nothing_proposed"
    SAME_PERSON = "same_person"


@dataclass(frozen=True, slots=True)
class ReversalShown:
    """A reversal that waits for a second person.

    Attributes:
        was_approved: the decision that is to be reversed.
    """

    word: SecondWord
    was_approved: bool


def propose_reversal(
    wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId, reviewer: AccountId, note: str
) -> Reversal:
    """Ask another person to agree that a decision was wrong; nothing changes until then."""
    now = utc_now()
    with wiring.database.write() as session:
        case = Reviews(session, program_id, now).find(case_id)
        if case is None:
            return Reversal.NO_SUCH_CASE
        points = _reversible(wiring, program_id, case)
        if points is None:
            return Reversal.NOT_DECIDED
        SecondWords(session, program_id, now).propose(
            case_id, WordKind.REVERSAL, reviewer, points=points, reading=0, note=note
        )
        detail = {"note": note, "reversal": True}
        Desk(session, program_id, now).note(case_id, reviewer, "proposed", detail)
    return Reversal.PROPOSED


def answer_reversal(
    wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId, reviewer: AccountId, agree: bool
) -> Reversal:
    """The second person's word: reverse the decision, or let it stand."""
    with wiring.database.read() as session:
        case = Reviews(session, program_id, utc_now()).find(case_id)
        word = SecondWords(session, program_id, utc_now()).waiting(case_id)
    if case is None:
        return Reversal.NO_SUCH_CASE
    if word is None or word.kind is not WordKind.REVERSAL:
        return Reversal.NOTHING_PROPOSED
    if word.proposed_by == reviewer:
        return Reversal.SAME_PERSON
    if agree:
        _reverse(wiring, program_id, case, word)
    now = utc_now()
    with wiring.database.write() as session:
        if not SecondWords(session, program_id, now).decide(word, reviewer, agree=agree):
            return Reversal.NOTHING_PROPOSED
        kind = "reversed" if agree else "refused"
        Desk(session, program_id, now).note(case_id, reviewer, kind, {"was": case.status})
    return Reversal.REVERSED if agree else Reversal.REFUSED


def waiting_reversals(wiring: Wiring, program_id: ProgramId, *, limit: int) -> tuple[ReversalShown, ...]:
    """Those that wait for a second person, oldest first."""
    now = utc_now()
    with wiring.database.read() as session:
        reviews, shown = Reviews(session, program_id, now), []
        for word in SecondWords(session, program_id, now).reversals(limit=limit):
            case = reviews.find(word.case_id)
            if case is not None:
                shown.append(ReversalShown(word, case.status == "approved"))
    return tuple(shown)


def word_on(wiring: Wiring, program_id: ProgramId, case_id: ReviewCaseId) -> SecondWord | None:
    """What a first person said of the case that waits for a second."""
    with wiring.database.read() as session:
        return SecondWords(session, program_id, utc_now()).waiting(case_id)


def may_reverse(wiring: Wiring, program_id: ProgramId, case: ReviewCase) -> bool:
    """Whether there is a reviewer's decision in effect that somebody may find wrong."""
    return _reversible(wiring, program_id, case) is not None


def for_two(wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId) -> ReviewCaseId | None:
    """The receipt's case, where a reviewer's decision stands and the program wants two people for much.

    One person must not undo by a correction what only two may reverse.
    """
    if review_terms_of(wiring, program_id).second_above is None:
        return None
    with wiring.database.read() as session:
        case = Reviews(session, program_id, utc_now()).of_receipt(receipt_id)
    return case.id if case is not None and may_reverse(wiring, program_id, case) else None


def _reversible(wiring: Wiring, program_id: ProgramId, case: ReviewCase) -> int | None:
    """The points that the decision paid; None where no reviewer's decision is in effect."""
    past = None if case.status == "open" else past_of(wiring, program_id, case.receipt_id)
    if past is None:
        return None
    if case.status == "approved":
        paid = sum(past.paid_lines.values())
        return paid or None
    by_reviewer = isinstance(past.decision, Decline) and past.decision.reason is DeclineReason.REVIEWER
    return 0 if by_reviewer else None


def _reverse(wiring: Wiring, program_id: ProgramId, case: ReviewCase, word: SecondWord) -> None:
    if case.status == "approved":
        past = past_of(wiring, program_id, case.receipt_id)
        lines = {} if past is None else dict.fromkeys(past.paid_lines)
        correct(wiring, program_id, case.receipt_id, lines)
    elif case.status == "declined":
        reopen(wiring, program_id=program_id, case=case, why=word.note)
