"""Which language members are spoken to in."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from receipts.database.tables import InboundRow, MemberRow, OutgoingRow, SubmissionRow
from receipts.identity import MemberId, OutgoingId, ProgramId


def keep_language(
    session: Session, program_id: ProgramId, member_id: MemberId, language: str, *, chosen: bool
) -> None:
    """Speak it to the member from now on; what was not chosen changes nothing that was told before."""
    own = [MemberRow.program_id == program_id, MemberRow.id == member_id]
    if not chosen:
        own.append(MemberRow.language.is_(None))
    session.execute(update(MemberRow).where(*own).values(language=language, language_chosen=chosen))


def chosen_language(session: Session, program_id: ProgramId, member_id: MemberId) -> str | None:
    """What the member chose; None where they did not."""
    return session.scalar(
        select(MemberRow.language).where(
            MemberRow.program_id == program_id, MemberRow.id == member_id, MemberRow.language_chosen.is_(True)
        )
    )


def language_of(session: Session, program_id: ProgramId, members: Iterable[MemberId]) -> str | None:
    """The one language of all of them; None where they differ, or nobody told."""
    found = session.scalars(
        select(MemberRow.language).where(MemberRow.program_id == program_id, MemberRow.id.in_(tuple(members)))
    ).all()
    return found[0] if len(set(found)) == 1 else None


def member_of_answer(session: Session, program_id: ProgramId, answer_id: OutgoingId) -> MemberId | None:
    """Whom an answer is for: who asked for it, or sent what it answers; None where nobody knows."""
    found = session.execute(
        select(OutgoingRow.asked_by, SubmissionRow.member_id, InboundRow.member_id)
        .outerjoin(SubmissionRow, SubmissionRow.id == OutgoingRow.submission_id)
        .outerjoin(InboundRow, InboundRow.id == OutgoingRow.inbound_id)
        .where(OutgoingRow.program_id == program_id, OutgoingRow.id == answer_id)
    ).first()
    known = None if found is None else next((each for each in found if each is not None), None)
    return None if known is None else MemberId(known)
