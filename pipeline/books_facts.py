"""All that the books hold of a member, as reconciliation and the liability report look at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Session

from pipeline.clock import utc_now
from receipts.database.repositories.books import Books
from receipts.database.tables import (
    BroughtBalanceRow,
    DuePointsRow,
    GiftRow,
    MessageRow,
    ReceiptRow,
    RedemptionRow,
)
from receipts.identity import MemberId, ProgramId
from receipts.ledger import Balances, LedgerEntry
from receipts.money import Points
from receipts.state import ReceiptState

_Row = TypeVar("_Row", bound=DeclarativeBase)
_NOTHING = Balances(Points(0), Points(0), Points(0))


@dataclass(frozen=True, slots=True)
class Facts:
    """One member's books.

    Attributes:
        sums: of the entries, as the database adds them up.
        receipts: id and points of each that was paid.
        brought: points by what was brought over from another system.
        due: target and kind of each row that the sweep will look at.
        sequence: the member's last message by their own row.
    """

    program_id: ProgramId
    member_id: MemberId
    entries: tuple[LedgerEntry, ...]
    sums: Balances
    messages: Sequence[MessageRow]
    redemptions: Sequence[RedemptionRow]
    gifts: Sequence[GiftRow]
    receipts: tuple[tuple[str, int], ...]
    brought: Mapping[str, int]
    due: frozenset[tuple[str, str]]
    sequence: int


def facts_of(session: Session, program_id: ProgramId, sequences: Mapping[MemberId, int]) -> tuple[Facts, ...]:
    """Read those of some members, given with the sequence of each, in their order: a question a table."""
    members = tuple(sequences)
    books = Books(session, program_id, utc_now())
    entries = _by_member(books.entries_of(members))
    sums = books.balances_of(members)
    messages = _rows_of(session, MessageRow, program_id, members)
    redemptions = _rows_of(session, RedemptionRow, program_id, members)
    gifts = _rows_of(session, GiftRow, program_id, members)
    brought = _rows_of(session, BroughtBalanceRow, program_id, members)
    due = _rows_of(session, DuePointsRow, program_id, members)
    paid = _by_member(
        session.execute(
            select(ReceiptRow.member_id, ReceiptRow.id, ReceiptRow.points).where(
                ReceiptRow.program_id == program_id,
                ReceiptRow.member_id.in_(members),
                ReceiptRow.state == ReceiptState.AWARDED.value,
            )
        )
    )
    return tuple(
        Facts(
            program_id=program_id,
            member_id=each,
            entries=tuple(entries[each]),
            sums=sums.get(each, _NOTHING),
            messages=sorted(messages[each], key=lambda row: row.sequence),
            redemptions=redemptions[each],
            gifts=gifts[each],
            receipts=tuple((row.id, row.points or 0) for row in paid[each]),
            brought={row.id: row.points for row in brought[each]},
            due=frozenset((row.target_id, row.kind) for row in due[each]),
            sequence=sequence,
        )
        for each, sequence in sequences.items()
    )


def _rows_of(
    session: Session, table: type[_Row], program_id: ProgramId, members: Collection[MemberId]
) -> defaultdict[str, list[_Row]]:
    columns = table.__table__.c
    mine = columns.program_id == program_id, columns.member_id.in_(members)
    return _by_member(session.scalars(select(table).where(*mine)))


def _by_member(rows: Iterable[Any]) -> defaultdict[str, list[Any]]:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.member_id].append(row)
    return found
