"""What one reviewer proposes and another must agree to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from receipts.database.tables import AccountRow, SecondWordRow
from receipts.identity import AccountId, ProgramId, ReviewCaseId


class WordKind(Enum):
    """What is proposed."""

    APPROVAL = "approval"
    """Of more points than one reviewer may approve."""
    REVERSAL = "reversal"
    """Of a decision that took effect."""


class WordStatus(Enum):
    """Where it stands; only `PROPOSED` is not the end."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    REFUSED = "refused"
    REPLACED = "replaced"
    """By another proposal, or by a decision that needs no second person."""


@dataclass(frozen=True, slots=True)
class SecondWord:
    """A proposal.

    Attributes:
        points: that the approval pays, or that the decision had paid.
        reading: the revision of the reading that was looked at.
        proposer: the first person's name.
    """

    number: int
    case_id: ReviewCaseId
    kind: WordKind
    points: int
    reading: int
    note: str
    proposed_by: AccountId
    proposer: str
    proposed_at: datetime


class SecondWords:
    """One program's proposals."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def propose(
        self, case_id: ReviewCaseId, kind: WordKind, by: AccountId, *, points: int, reading: int, note: str
    ) -> None:
        """Propose, in place of what was proposed before."""
        self.end(case_id)
        self._session.add(
            SecondWordRow(
                program_id=self._program_id,
                case_id=case_id,
                kind=kind.value,
                points=points,
                reading=reading,
                note=note,
                status=WordStatus.PROPOSED.value,
                proposed_by=by,
                proposed_at=self._now,
            )
        )
        self._session.flush()

    def waiting(self, case_id: ReviewCaseId) -> SecondWord | None:
        """What is proposed for the case."""
        return next(iter(self.waiting_for([case_id])), None)

    def waiting_for(self, cases: Iterable[ReviewCaseId]) -> tuple[SecondWord, ...]:
        """What is proposed for these cases."""
        rows = self._session.execute(self._proposed().where(SecondWordRow.case_id.in_(list(cases))))
        return tuple(_word(row) for row in rows)

    def reversals(self, *, limit: int) -> tuple[SecondWord, ...]:
        """Reversals that wait for a second person, oldest first."""
        rows = self._session.execute(
            self._proposed()
            .where(SecondWordRow.kind == WordKind.REVERSAL.value)
            .order_by(SecondWordRow.number)
            .limit(limit)
        )
        return tuple(_word(row) for row in rows)

    def decide(self, word: SecondWord, by: AccountId, *, agree: bool) -> bool:
        """The second person's word; False where it is the first's own, or another was faster."""
        status = WordStatus.AGREED if agree else WordStatus.REFUSED
        moved = self._session.execute(
            update(SecondWordRow)
            .where(
                SecondWordRow.number == word.number,
                SecondWordRow.program_id == self._program_id,
                SecondWordRow.status == WordStatus.PROPOSED.value,
                SecondWordRow.proposed_by == word.proposed_by,
                SecondWordRow.proposed_by != by,
            )
            .values(status=status.value, decided_by=by, decided_at=self._now)
            .returning(SecondWordRow.number)
        )
        return moved.scalar() is not None

    def end(self, case_id: ReviewCaseId) -> None:
        """What was proposed does not matter any more."""
        self._session.execute(
            update(SecondWordRow)
            .where(
                SecondWordRow.case_id == case_id,
                SecondWordRow.program_id == self._program_id,
                SecondWordRow.status == WordStatus.PROPOSED.value,
            )
            .values(status=WordStatus.REPLACED.value, decided_at=self._now)
        )

    def _proposed(self) -> Select[SecondWordRow, str]:
        return (
            select(SecondWordRow, AccountRow.name)
            .join(AccountRow, AccountRow.id == SecondWordRow.proposed_by)
            .where(
                SecondWordRow.program_id == self._program_id,
                SecondWordRow.status == WordStatus.PROPOSED.value,
            )
            .execution_options(populate_existing=True)
        )


def _word(found: Row[SecondWordRow, str]) -> SecondWord:
    row, name = found
    return SecondWord(
        number=row.number,
        case_id=ReviewCaseId(row.case_id),
        kind=WordKind(row.kind),
        points=row.points,
        reading=row.reading,
        note=row.note,
        proposed_by=AccountId(row.proposed_by),
        proposer=name,
        proposed_at=row.proposed_at,
    )
