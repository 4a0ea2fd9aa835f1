"""Lists of what reviewers taught, for pages, API and commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from receipts.database.repositories.aliases import Shop, choice_of_row
from receipts.database.tables import AccountRow, AliasRow
from receipts.identity import ProgramId, ReceiptId
from receipts.learned import Choice, Print, PrintKind


@dataclass(frozen=True, slots=True)
class Alias:
    """A print at a shop with one answer to it.

    Attributes:
        others: other answers to the same print that stand beside it, with their confirmations.
        author: the name of who confirmed it last; empty where it has none.
        receipt_id: of the last confirmation.
        last_event: of the last confirmation; the cursor of lists.
    """

    id: str
    shop: Shop
    print: Print
    choice: Choice
    others: tuple[Choice, ...]
    author: str
    receipt_id: ReceiptId
    last_event: int
    used_at: datetime | None


class AliasList:
    """One program's."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def find(self, alias_id: str) -> Alias | None:
        """The alias; None where the program has no such one, or all of it was withdrawn."""
        row = self._session.scalar(
            select(AliasRow).where(AliasRow.id == alias_id, AliasRow.program_id == self._program_id)
        )
        return None if row is None else self._with_others([row])[0]

    def page(
        self, *, search: str = "", disputed: bool = False, before: int | None = None, limit: int
    ) -> tuple[Alias, ...]:
        """Aliases, the latest confirmed first; `before` is the last one's event.

        Args:
            search: words of the shop, the print or the SKU.
            disputed: only prints with more than one answer.
            before: the `last_event` of the last one seen.
            limit: how many.
        """
        query = select(AliasRow).where(AliasRow.program_id == self._program_id)
        for word in search.split():
            escaped = word.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            pattern = f"%{escaped}%"
            columns = (AliasRow.retailer, AliasRow.printed, AliasRow.sku, AliasRow.key)
            query = query.where(or_(*(func.lower(column).like(pattern, escape="\\") for column in columns)))
        if disputed:
            query = query.where(_has_rival())
        if before is not None:
            query = query.where(AliasRow.last_event < before)
        rows = self._session.scalars(query.order_by(AliasRow.last_event.desc()).limit(limit)).all()
        return self._with_others(rows)

    def by_retailer(self) -> dict[str, int]:
        """How many aliases stand at each retailer, by its key."""
        rows = self._session.execute(
            select(AliasRow.retailer_key, func.count())
            .where(AliasRow.program_id == self._program_id)
            .group_by(AliasRow.retailer_key)
        )
        return {key: int(count) for key, count in rows}

    def counts(self) -> tuple[int, int]:
        """How many aliases stand, and how many of them have a rival."""
        own = AliasRow.program_id == self._program_id
        total = self._session.scalar(select(func.count()).select_from(AliasRow).where(own)) or 0
        rivals = (
            self._session.scalar(select(func.count()).select_from(AliasRow).where(own, _has_rival())) or 0
        )
        return total, rivals

    def _with_others(self, rows: Sequence[AliasRow]) -> tuple[Alias, ...]:
        rival = aliased(AliasRow)
        pairs = self._session.execute(
            select(AliasRow.id, rival)
            .join(rival, _same_print(AliasRow, rival))
            .where(AliasRow.id.in_([row.id for row in rows]), AliasRow.program_id == self._program_id)
            .order_by(rival.confirmations.desc(), rival.sku)
        ).all()
        others: dict[str, list[Choice]] = {}
        for alias_id, other in pairs:
            others.setdefault(alias_id, []).append(choice_of_row(other))
        accounts = {row.author for row in rows if row.author is not None}
        named = select(AccountRow.id, AccountRow.name).where(
            AccountRow.id.in_(accounts), AccountRow.program_id == self._program_id
        )
        names = {row.id: row.name for row in self._session.execute(named)}
        return tuple(
            _alias(row, tuple(others.get(row.id, ())), names.get(row.author or "", "")) for row in rows
        )


def _same_print(one: type[AliasRow], other: type[AliasRow]) -> ColumnElement[bool]:
    return and_(
        other.program_id == one.program_id,
        other.retailer_key == one.retailer_key,
        other.kind == one.kind,
        other.key == one.key,
        other.sku != one.sku,
    )


def _has_rival() -> ColumnElement[bool]:
    rival = aliased(AliasRow)
    return exists().where(_same_print(AliasRow, rival))


def _alias(row: AliasRow, others: tuple[Choice, ...], author: str) -> Alias:
    return Alias(
        id=row.id,
        shop=Shop(row.retailer_key, row.retailer),
        print=Print(PrintKind(row.kind), row.key),
        choice=choice_of_row(row),
        others=others,
        author=author,
        receipt_id=ReceiptId(row.receipt_id),
        last_event=row.last_event,
        used_at=row.used_at,
    )
