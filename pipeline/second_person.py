"""An approval of many points counts once two reviewers said the same of the same reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from receipts.database.repositories.books import StaleBooksError
from receipts.database.repositories.desk import Desk
from receipts.database.repositories.plans import Plans
from receipts.database.repositories.second_words import SecondWords, WordKind
from receipts.identity import AccountId, ProgramId, ReviewCaseId
from receipts.program import ReviewTerms

_A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Approval:
    """What one reviewer says.

    Attributes:
        points: that it pays.
        reading: the revision that they saw.
        plan: the planned decision that this is; empty where it was not planned.
    """

    case_id: ReviewCaseId
    reviewer: AccountId
    points: int
    reading: int
    note: str
    plan: str


@dataclass(frozen=True, slots=True)
class SecondNeeded:
    """The approval is kept; another reviewer must approve, too. Nothing is paid yet."""

    points: int


class TooLateError(Exception):
    """The case was decided, or the plan undone, meanwhile."""


def two_agree(
    session: Session, now: datetime, program_id: ProgramId, terms: ReviewTerms, said: Approval
) -> bool:
    """Whether the approval counts: it is within one reviewer's limit, or the second one of two.

    A first one is kept in place of what was proposed before, and leaves the case in the queue for others.

    Raises:
        TooLateError: the case was decided, or the plan undone.
        StaleBooksError: another gave the second word at this instant.
    """
    words = SecondWords(session, program_id, now)
    if terms.second_above is None or said.points <= terms.second_above:
        words.end(said.case_id)
        return True
    first = words.waiting(said.case_id)
    known = first is not None and first.kind is WordKind.APPROVAL
    if first is not None and known and (first.points, first.reading) == (said.points, said.reading):
        if first.proposed_by != said.reviewer:
            if not words.decide(first, said.reviewer, agree=True):
                raise StaleBooksError(f"case {said.case_id} got another second word")
            return True
        known_already = True
    else:
        known_already = False
    desk = Desk(session, program_id, now)
    if said.plan and not Plans(session, program_id, now).take_away(said.plan):
        raise TooLateError
    if not desk.claim(said.case_id, said.reviewer, _A_MOMENT):
        raise TooLateError
    desk.release(said.case_id, said.reviewer)
    if not known_already:
        words.propose(
            said.case_id,
            WordKind.APPROVAL,
            said.reviewer,
            points=said.points,
            reading=said.reading,
            note=said.note,
        )
        detail = {"note": said.note, "points": said.points}
        desk.note(said.case_id, said.reviewer, "proposed", detail)
    return False


def end_by_decline(
    session: Session, now: datetime, program_id: ProgramId, case_id: ReviewCaseId, reviewer: AccountId
) -> None:
    """A declined case pays nothing: whoever approved it first was not agreed with."""
    words = SecondWords(session, program_id, now)
    first = words.waiting(case_id)
    if first is not None and not words.decide(first, reviewer, agree=False):
        words.end(case_id)
