"""What a program says of retailers, beside the directory; every state of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from receipts.database.tables import AccountRow, RetailerFactRow
from receipts.identity import AccountId, ProgramId


@dataclass(frozen=True, slots=True)
class SaidOfRetailer:
    """One state of what is said of one retailer.

    Attributes:
        key: the name, folded.
        facts: as a chain of the directory's files has them; None where nothing is said any more.
        author: who said it, by name.
    """

    number: int
    key: str
    facts: Mapping[str, Any] | None
    author: str
    at: datetime


class RetailerFacts:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def say(self, key: str, facts: Mapping[str, Any] | None, *, by: AccountId, at: datetime) -> None:
        """From now on this is said of the retailer; None for nothing."""
        self._session.add(
            RetailerFactRow(
                program_id=self._program_id,
                key=key,
                facts=None if facts is None else dict(facts),
                author=by,
                at=at,
            )
        )
        self._session.flush()

    def in_force(self) -> tuple[SaidOfRetailer, ...]:
        """What is said of each retailer, by its key."""
        newest = (
            select(func.max(RetailerFactRow.number))
            .where(RetailerFactRow.program_id == self._program_id)
            .group_by(RetailerFactRow.key)
        )
        rows = self._session.execute(
            self._all().where(RetailerFactRow.number.in_(newest)).order_by(RetailerFactRow.key)
        )
        found = (_said(row, author) for row, author in rows)
        return tuple(each for each in found if each.facts is not None)

    def history(self, *, limit: int) -> tuple[SaidOfRetailer, ...]:
        """Every state, the newest first."""
        rows = self._session.execute(self._all().order_by(RetailerFactRow.number.desc()).limit(limit))
        return tuple(_said(row, author) for row, author in rows)

    def has(self, number: int) -> bool:
        """Whether the program said that once."""
        return self._session.execute(self._all().where(RetailerFactRow.number == number)).first() is not None

    def last_two(self, key: str) -> tuple[SaidOfRetailer, ...]:
        """What is said of the retailer, and what was before; fewer where less was ever said."""
        query = self._all().where(RetailerFactRow.key == key).order_by(RetailerFactRow.number.desc())
        return tuple(_said(row, author) for row, author in self._session.execute(query.limit(2)))

    def _all(self) -> Select[RetailerFactRow, str]:
        return (
            select(RetailerFactRow, AccountRow.name)
            .join(AccountRow, AccountRow.id == RetailerFactRow.author)
            .where(RetailerFactRow.program_id == self._program_id)
        )


def _said(row: RetailerFactRow, author: str) -> SaidOfRetailer:
    facts = row.facts if isinstance(row.facts, dict) else None
    return SaidOfRetailer(row.number, row.key, facts, author, row.at)
