"""What reviewers do with the queue: see it in an order, work on a case alone, and leave a trace of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from pipeline.clock import utc_now
from pipeline.views import CaseSummary, summarise
from pipeline.wiring import Wiring
from receipts.database.repositories.desk import Desk, ReviewEvent, Wanted
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.reviews import Reviews
from receipts.database.repositories.second_words import SecondWords
from receipts.database.tables import AccountRow, ReceiptRow
from receipts.identity import AccountId, MemberId, ProgramId, ReviewCaseId

CLAIM_LASTS = timedelta(minutes=10)
"""A case takes a reviewer a minute at most; whoever was called away holds it up no longer than this."""

SOON = timedelta(hours=4)
"""Before the target is missed, a case counts as about to be late: half a working day is left to decide it."""


@dataclass(frozen=True, slots=True)
class QueuedCase:
    """A row of the queue.

    Attributes:
        due_at: by when it should be decided.
        is_late: the target is missed.
        is_soon: it will be missed within hours.
        worked_on_by: another reviewer's name while their claim stands, else empty.
        is_mine: the viewer has claimed it.
        approved_first_by: whose approval waits for a second person's; empty where none does.
        is_first: that is the viewer, who cannot be the second.
    """

    summary: CaseSummary
    due_at: datetime
    is_late: bool
    is_soon: bool
    worked_on_by: str
    is_mine: bool
    approved_first_by: str = ""
    is_first: bool = False


def target_of(wiring: Wiring) -> timedelta:
    """Half of the time that members are promised: the rest is for what needs another person."""
    return timedelta(hours=wiring.settings.review_hours) / 2


def late_since(wiring: Wiring, now: datetime) -> datetime:
    """Cases that were opened before this are late, or about to be."""
    target = target_of(wiring)
    return now - target + min(SOON, target / 2)


def queue(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    viewer: AccountId,
    wanted: Wanted,
    after: int,
    limit: int,
) -> tuple[QueuedCase, ...]:
    """The program's open cases in the wanted order; `after` is the last one's number, 0 to start."""
    now, target = utc_now(), target_of(wiring)
    soon = min(SOON, target / 2)
    with wiring.database.read() as session:
        cases = Desk(session, program_id, now).waiting(
            wanted, viewer=viewer, late_since=late_since(wiring, now), after=after, limit=limit
        )
        ids = [case.receipt_id for case in cases]
        receipts = {
            row.id: row
            for row in session.scalars(
                select(ReceiptRow).where(ReceiptRow.program_id == program_id, ReceiptRow.id.in_(ids))
            )
        }
        claimed = {case.claimed_by for case in cases if case.claimed_by is not None}
        names = {
            AccountId(each): name
            for each, name in session.execute(
                select(AccountRow.id, AccountRow.name).where(
                    AccountRow.program_id == program_id, AccountRow.id.in_(claimed)
                )
            )
        }
        members = ProgramData(session, program_id)
        words = {
            word.case_id: word
            for word in SecondWords(session, program_id, now).waiting_for(case.id for case in cases)
        }
        rows = []
        for case in cases:
            row = receipts[case.receipt_id]
            stands = case.claimed_until is not None and case.claimed_until > now
            by = case.claimed_by if stands else None
            due, word = case.opened_at + target, words.get(case.id)
            rows.append(
                QueuedCase(
                    summary=CaseSummary(
                        case, summarise(session, row), members.member_name(MemberId(row.member_id)) or ""
                    ),
                    due_at=due,
                    is_late=due < now,
                    is_soon=now <= due < now + soon,
                    worked_on_by=names.get(by, "") if by is not None and by != viewer else "",
                    is_mine=by == viewer,
                    approved_first_by="" if word is None else word.proposer,
                    is_first=word is not None and word.proposed_by == viewer,
                )
            )
    return tuple(rows)


def claim(wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId, account: AccountId) -> bool:
    """Work on a case alone for a while; False where another does, or it is decided."""
    with wiring.database.write() as session:
        now = utc_now()
        desk = Desk(session, program_id, now)
        before = Reviews(session, program_id, now).find(case_id)
        done = desk.claim(case_id, account, CLAIM_LASTS)
        fresh = before is not None and (
            before.claimed_by != account or before.claimed_until is None or before.claimed_until <= now
        )
        if done and fresh:
            desk.note(case_id, account, "claimed", {})
    return done


def release(wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId, account: AccountId) -> bool:
    """Leave a case to others; False where one had not claimed it."""
    with wiring.database.write() as session:
        desk = Desk(session, program_id, utc_now())
        done = desk.release(case_id, account)
        if done:
            desk.note(case_id, account, "released", {})
    return done


def note_look(wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId, account: AccountId) -> None:
    """Somebody saw the case, with the picture and the member's name."""
    with wiring.database.write() as session:
        Desk(session, program_id, utc_now()).note(case_id, account, "looked", {})


def pass_on(
    wiring: Wiring, *, program_id: ProgramId, case_id: ReviewCaseId, account: AccountId, note: str
) -> bool:
    """Leave a case to another reviewer with a word about it; False where another works on it."""
    with wiring.database.write() as session:
        desk = Desk(session, program_id, utc_now())
        if not desk.claim(case_id, account, CLAIM_LASTS):
            return False
        desk.release(case_id, account)
        desk.note(case_id, account, "noted", {"note": note})
    return True


def next_free(
    wiring: Wiring, *, program_id: ProgramId, account: AccountId, wanted: Wanted, besides: ReviewCaseId
) -> ReviewCaseId | None:
    """The first case of the wanted order that nobody else works on; None when none waits."""
    rows = queue(wiring, program_id=program_id, viewer=account, wanted=wanted, after=0, limit=_LOOKED_AT)
    free = (row for row in rows if not row.worked_on_by and not row.is_first)
    return next((row.summary.case.id for row in free if row.summary.case.id != besides), None)


_LOOKED_AT = 25
"""At a time: as many reviewers at once are more than any program has."""


def review_log(
    wiring: Wiring,
    *,
    program_id: ProgramId,
    before: int,
    limit: int,
    case_id: ReviewCaseId | None = None,
) -> tuple[ReviewEvent, ...]:
    """Every look and change, newest first."""
    with wiring.database.read() as session:
        return Desk(session, program_id, utc_now()).log(case_id=case_id, before=before, limit=limit)
