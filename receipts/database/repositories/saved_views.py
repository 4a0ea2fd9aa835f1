"""Views of the queue that reviewers gave names: their own, and nobody else's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from receipts.database.repositories.desk import Order, Show, Wanted
from receipts.database.tables import SavedViewRow
from receipts.identity import AccountId, ProgramId

MOST_VIEWS = 12
"""As many as fit beside each other on a desk's screen, and more than anybody goes through."""
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class SavedView:
    """An order and a part of the queue with a name."""

    number: int
    name: str
    wanted: Wanted


class SavedViews:
    """One reviewer's views."""

    def __init__(self, session: Session, program_id: ProgramId, account: AccountId) -> None:
        self._session = session
        self._program_id = program_id
        self._account = account
        self._mine = (SavedViewRow.program_id == program_id, SavedViewRow.account_id == account)

    def all(self) -> tuple[SavedView, ...]:
        """The oldest first."""
        rows = self._session.scalars(select(SavedViewRow).where(*self._mine).order_by(SavedViewRow.number))
        return tuple(
            SavedView(row.number, row.name, Wanted(Order(row.first), Show(row.show), row.least_points))
            for row in rows
        )

    def save(self, name: str, wanted: Wanted) -> bool:
        """Keep a view, in place of one of that name; False where there are as many as there may be.

        Raises:
            sqlalchemy.exc.IntegrityError: the same name was saved at this instant.
        """
        self._session.execute(delete(SavedViewRow).where(*self._mine, SavedViewRow.name == name))
        count = select(func.count()).select_from(SavedViewRow).where(*self._mine)
        if (self._session.scalar(count) or 0) >= MOST_VIEWS:
            return False
        self._session.add(
            SavedViewRow(
                program_id=self._program_id,
                account_id=self._account,
                name=name,
                first=wanted.order.value,
                show=wanted.show.value,
                least_points=wanted.least_points,
            )
        )
        self._session.flush()
        return True

    def remove(self, number: int) -> bool:
        """Forget a view; False where the reviewer has no such one."""
        gone = self._session.execute(
            delete(SavedViewRow)
            .where(*self._mine, SavedViewRow.number == number)
            .returning(SavedViewRow.number)
        )
        return gone.scalar() is not None
