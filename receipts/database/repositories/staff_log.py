"""The log of changes to people and keys, which only grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from receipts.database.tables import AccountRow, StaffEventRow
from receipts.identity import AccountId, ProgramId


class StaffChange(Enum):
    """What was changed."""

    INVITED = "invited"
    ROLE = "role"
    DISABLED = "disabled"
    ENABLED = "enabled"
    SIGNED_OUT = "signed_out"
    RENAMED = "renamed"
    PASSWORD = "password"  # noqa: S105  (a word of the log)
    STEP_ON = "step_on"
    STEP_OFF = "step_off"
    STEP_FORGOTTEN = "step_forgotten"
    CODES_RENEWED = "codes_renewed"
    STEP_ASKED = "step_asked"
    STEP_LEFT = "step_left"
    LINKED = "linked"
    LINK_FORGOTTEN = "link_forgotten"
    KEY_MADE = "key_made"
    KEY_REVOKED = "key_revoked"


@dataclass(frozen=True, slots=True)
class StaffEvent:
    """One change.

    Attributes:
        who: who made it; empty for whoever runs the program, by a command.
        whom: whose account or key; empty where it is all of the staff.
        detail: such as the role of before and after, or a key's name.
    """

    number: int
    who: str
    whom: str
    kind: StaffChange
    detail: Mapping[str, str]
    at: datetime


class StaffLog:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def note(
        self,
        kind: StaffChange,
        *,
        by: AccountId | None,
        whom: AccountId | None,
        at: datetime,
        detail: Mapping[str, str] | None = None,
    ) -> None:
        """Keep one, in the transaction of the change itself."""
        self._session.add(
            StaffEventRow(
                program_id=self._program_id,
                by_id=by,
                account_id=whom,
                kind=kind.value,
                detail=dict(detail or {}),
                at=at,
            )
        )
        self._session.flush()

    def newest(self, *, before: int, limit: int) -> tuple[StaffEvent, ...]:
        """The newest first.

        Args:
            before: the number of the last one that was shown; 0 for none.
            limit: how many at most.
        """
        doer, done = aliased(AccountRow), aliased(AccountRow)
        query = (
            select(StaffEventRow, doer.name, done.name)
            .outerjoin(doer, doer.id == StaffEventRow.by_id)
            .outerjoin(done, done.id == StaffEventRow.account_id)
            .where(StaffEventRow.program_id == self._program_id)
        )
        if before:
            query = query.where(StaffEventRow.number < before)
        rows = self._session.execute(query.order_by(StaffEventRow.number.desc()).limit(limit))
        return tuple(
            StaffEvent(
                number=row.number,
                who=who or "",
                whom=whom or "",
                kind=StaffChange(row.kind),
                detail={name: str(value) for name, value in row.detail.items()}
                if isinstance(row.detail, dict)
                else {},
                at=row.at,
            )
            for row, who, whom in rows
        )
