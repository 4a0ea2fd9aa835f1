"""Points that stayed when a line turned out to be less are counted before a receipt is paid more.

By a program's policy of short balances, or because they had expired, points may stay with a member although
what they were paid for does not stand. What the receipt earns more afterwards is paid by them first: it is
posted whole, so that every rule can be explained, and as many of the new points are taken back at once.
What stayed at a return stays: goods that were brought back are no payment for other goods.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from awarding.transfers import Mover, reversed_data
from pipeline import formats
from pipeline.past import Past
from pipeline.status import look_at
from receipts.database.repositories.books import Books
from receipts.database.tables import MessageRow
from receipts.ledger import EntryKind
from receipts.lots import lots_of, takings
from receipts.message import MessageType

AFTER_ALL = "so many had stayed when a line of this receipt turned out to be less."


def count_what_stayed(session: Session, now: datetime, past: Past, *, posting: int, reason: str) -> int:
    """Take as many of the points just posted as had stayed before.

    Args:
        session: of the write transaction that posted them.
        now: the moment.
        past: the receipt.
        posting: of the new entries.
        reason: the code of `points.reversed`.

    Returns:
        Points taken back; never more than were just posted, so that no balance falls below what it was.
    """
    books = Books(session, past.program_id, now)
    books.lock(past.member_id)
    owed = _stayed(session, past)
    if owed <= 0:
        return 0
    fresh = [
        lot
        for lot in lots_of(books.all_entries(past.member_id))
        if (lot.entry.receipt_id, lot.entry.kind) == (past.receipt_id, EntryKind.AWARD)
        and lot.entry.posting == posting
    ]
    taken, _ = takings(fresh, owed, room=None)
    points = sum(each.points for each in taken)
    if not points:
        return 0
    sentence = f"{formats.points(points)} taken back: {AFTER_ALL}"
    mover, number = Mover(past.program_id, past.member_id, now), books.next_posting(past.receipt_id)
    entries = [
        mover.taken_back(each, f"{formats.points(each.points)} taken back: {AFTER_ALL}", posting=number)
        for each in taken
    ]
    books.post(entries)
    data = reversed_data(
        entries,
        books.balances(past.member_id),
        sentence,
        receipt_id=past.receipt_id,
        return_id=None,
        reason=reason,
        not_taken=0,
        taken_after_all=points,
    )
    books.send(past.member_id, MessageType.POINTS_REVERSED, data)
    look_at(session, now, past.program_id, past.member_id)
    return points


def _stayed(session: Session, past: Past) -> int:
    """Points of the receipt that stayed, other than at a return, and were not counted since."""
    told = session.scalars(
        select(MessageRow.data).where(
            MessageRow.program_id == past.program_id,
            MessageRow.member_id == past.member_id,
            MessageRow.type == MessageType.POINTS_REVERSED.value,
        )
    )
    return sum(
        int(data["not_taken"]) - int(data.get("taken_after_all", 0))
        for data in told
        if data["receipt_id"] == past.receipt_id and data["reason"] != "return"
    )
