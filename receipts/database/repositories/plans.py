"""Decisions on review cases that take effect later, and can be undone until then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.cases import planned
from receipts.database.tables import PlannedDecisionRow
from receipts.identity import AccountId, ProgramId, ReviewCaseId, Sku, new_id


@dataclass(frozen=True, slots=True)
class Plan:
    """A decision that waits for its moment.

    Attributes:
        products: by line position, what the reviewer said that it is; None for "not ours".
        reading: the revision of the reading that it was decided on.
        due_at: when it takes effect.
        tries: how often that failed.
    """

    id: str
    case_id: ReviewCaseId
    program_id: ProgramId
    account_id: AccountId
    approve: bool
    products: Mapping[int, Sku | None]
    note: str
    reading: int
    planned_at: datetime
    due_at: datetime
    tries: int


class Plans:
    """One program's planned decisions."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def put(
        self,
        case_id: ReviewCaseId,
        account: AccountId,
        *,
        approve: bool,
        products: Mapping[int, Sku | None],
        note: str,
        reading: int,
        delay: timedelta,
    ) -> datetime:
        """Plan a decision; when it takes effect.

        Raises:
            sqlalchemy.exc.IntegrityError: another has planned one.
        """
        due = self._now + delay
        self._session.add(
            PlannedDecisionRow(
                id=new_id("pln"),
                case_id=case_id,
                program_id=self._program_id,
                account_id=account,
                approve=approve,
                products={str(position): sku for position, sku in products.items()},
                note=note,
                reading=reading,
                planned_at=self._now,
                due_at=due,
            )
        )
        self._session.flush()
        return due

    def find(self, case_id: ReviewCaseId) -> Plan | None:
        """What is planned for the case."""
        row = self._session.scalar(
            select(PlannedDecisionRow).where(
                PlannedDecisionRow.case_id == case_id, PlannedDecisionRow.program_id == self._program_id
            )
        )
        return None if row is None else _plan(row)

    def of(self, account: AccountId, *, limit: int) -> tuple[Plan, ...]:
        """What one reviewer can still undo, the latest first."""
        rows = self._session.scalars(
            select(PlannedDecisionRow)
            .where(
                PlannedDecisionRow.program_id == self._program_id,
                PlannedDecisionRow.account_id == account,
                PlannedDecisionRow.due_at > self._now,
            )
            .order_by(PlannedDecisionRow.number.desc())
            .limit(limit)
        )
        return tuple(_plan(row) for row in rows)

    def drop(self, case_id: ReviewCaseId, account: AccountId) -> bool:
        """Undo one's own; False where it took effect, or was undone."""
        gone = self._session.execute(
            delete(PlannedDecisionRow)
            .where(
                PlannedDecisionRow.case_id == case_id,
                PlannedDecisionRow.account_id == account,
                planned(self._program_id),
            )
            .returning(PlannedDecisionRow.number)
        )
        return gone.scalar() is not None

    def take_away(self, plan_id: str) -> bool:
        """Undo; False where it took effect or was undone."""
        gone = self._session.execute(
            delete(PlannedDecisionRow)
            .where(PlannedDecisionRow.id == plan_id, planned(self._program_id))
            .returning(PlannedDecisionRow.number)
        )
        return gone.scalar() is not None

    def put_off(self, plan_id: str, wait: timedelta) -> None:
        """Try again later."""
        self._session.execute(
            update(PlannedDecisionRow)
            .where(PlannedDecisionRow.id == plan_id, planned(self._program_id))
            .values(due_at=self._now + wait, tries=PlannedDecisionRow.tries + 1)
        )


def due_plans(session: Session, now: datetime, *, limit: int) -> tuple[Plan, ...]:
    """Those of all programs whose moment has come, in its order."""
    rows = session.scalars(
        select(PlannedDecisionRow)
        .where(PlannedDecisionRow.due_at <= now)
        .order_by(PlannedDecisionRow.due_at)
        .limit(limit)
    )
    return tuple(_plan(row) for row in rows)


def _plan(row: PlannedDecisionRow) -> Plan:
    return Plan(
        id=row.id,
        case_id=ReviewCaseId(row.case_id),
        program_id=ProgramId(row.program_id),
        account_id=AccountId(row.account_id),
        approve=row.approve,
        products={int(each): None if sku is None else Sku(sku) for each, sku in row.products.items()},
        note=row.note,
        reading=row.reading,
        planned_at=row.planned_at,
        due_at=row.due_at,
        tries=row.tries,
    )
