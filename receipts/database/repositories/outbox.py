"""What waits to be sent, and the feed that published messages stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, false, func, select, true, update
from sqlalchemy.orm import Session

from receipts.database.tables import HeartbeatRow, MessageRow, OutboxRow, ProgramRow
from receipts.identity import InboundId, MemberId, MessageId, OutgoingId, ProgramId, ReceiptId
from receipts.message import Message, MessageType


@dataclass(frozen=True, slots=True)
class Ring:
    """Tell a worker that this receipt has work waiting."""

    number: int
    receipt_id: ReceiptId
    attempts: int
    light: bool = False
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Tell a worker that this inbound message waits."""

    number: int
    inbound_id: InboundId
    attempts: int
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Deliver:
    """Tell a worker that this answer waits."""

    number: int
    outgoing_id: OutgoingId
    attempts: int
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish this message."""

    number: int
    message_id: MessageId
    attempts: int
    traceparent: str | None = None


OutboxItem = Ring | TakeIn | Deliver | Publish

_Kind = tuple[str, bool]
"""Of the rows, and whether they are light."""
_KINDS: tuple[_Kind, ...] = (
    ("message", False),
    ("outgoing", False),
    ("inbound", False),
    ("ring", True),
    ("ring", False),
)


class Outbox:
    """The relay's side of the outbox; not bound to a program."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def take(self, *, limit: int) -> tuple[OutboxItem, ...]:
        """What is due, locked until the end of the transaction; other relays skip it.

        Oldest first within each kind, and of each kind about as much: messages that consumers wait for go
        out while a hundred thousand bells of a flood are rung.
        """
        rows: list[OutboxRow] = []
        more: list[tuple[_Kind, int]] = [(kind, 0) for kind in _KINDS]
        # Once for the shares, and once for what others left of the batch, from those that have more.
        for share in (ceil(limit / len(_KINDS)), limit):
            asked, more = more, []
            for kind, after in asked:
                most = min(share, limit - len(rows))
                found = self._due(kind, after=after, limit=most)
                rows += found
                if most and len(found) == most:
                    more.append((kind, found[-1].number))
        return tuple(_item(row) for row in rows)

    def _due(self, kind: _Kind, *, after: int, limit: int) -> Sequence[OutboxRow]:
        name, light = kind
        if limit == 0:
            return ()
        return self._session.scalars(
            select(OutboxRow)
            .where(
                OutboxRow.kind == name,
                OutboxRow.light == (true() if light else false()),
                OutboxRow.not_before <= self._now,
                OutboxRow.number > after,
            )
            .order_by(OutboxRow.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()

    def sent(self, number: int) -> None:
        """Done: the row goes."""
        self._session.execute(delete(OutboxRow).where(OutboxRow.number == number))

    def failed(self, item: OutboxItem, *, error: str, retry_s: float) -> None:
        """Not sent: try again after `retry_s`, for ever; nothing is dropped."""
        self._session.execute(
            update(OutboxRow)
            .where(OutboxRow.number == item.number)
            .values(
                attempts=item.attempts + 1,
                last_error=error,
                not_before=self._now + timedelta(seconds=retry_s),
            )
        )

    def waiting(self) -> tuple[int, datetime | None]:
        """How many rows are due or will be, and since when the oldest due one waits."""
        count = self._session.scalar(select(func.count()).select_from(OutboxRow)) or 0
        oldest = self._session.scalar(
            select(OutboxRow.not_before)
            .where(OutboxRow.not_before <= self._now)
            .order_by(OutboxRow.not_before)
            .limit(1)
        )
        return count, oldest

    def enter_feed(self, message_id: MessageId) -> Message:
        """Give the message its place in its program's feed, once; again, it keeps the place it has.

        The caller sees to it that a member's messages come one after the other; `enter_in_order` does.
        """
        row = self._session.scalars(select(MessageRow).where(MessageRow.id == message_id)).one()
        if row.feed_position is None:
            self._place([row])
        return message_of(row)

    def enter_in_order(self, message_id: MessageId) -> tuple[Message, ...]:
        """As `enter_feed`; all that came into the feed by it, the message itself last.

        A member's earlier messages are given theirs before it, though another relay holds their outbox rows:
        no cursor may meet a later message first.
        """
        row = self._session.scalars(select(MessageRow).where(MessageRow.id == message_id)).one()
        if row.feed_position is not None:
            return (message_of(row),)
        # Locked first, so that what another relay places meanwhile is seen as placed.
        self._session.execute(
            update(ProgramRow)
            .where(ProgramRow.id == row.program_id)
            .values(feed_position=ProgramRow.feed_position)
        )
        placed = self._session.scalars(
            select(MessageRow)
            .where(
                MessageRow.member_id == row.member_id,
                MessageRow.sequence <= row.sequence,
                MessageRow.feed_position.is_(None),
            )
            .order_by(MessageRow.sequence)
        ).all()
        if not placed:  # another relay was faster
            return (message_of(row),)
        self._place(placed)
        return tuple(message_of(each) for each in placed)

    def _place(self, rows: Sequence[MessageRow]) -> None:
        # The program's row is locked till commit: positions become visible in their order.
        program = self._session.get_one(
            ProgramRow, rows[0].program_id, populate_existing=True, with_for_update=True
        )
        for each in rows:
            program.feed_position += 1
            each.feed_position = program.feed_position
        self._session.flush()

    def beat(self, name: str) -> None:
        """Say that the named process lives."""
        row = self._session.get(HeartbeatRow, name)
        if row is None:
            self._session.add(HeartbeatRow(name=name, at=self._now))
        else:
            row.at = self._now
        self._session.flush()

    def last_beat(self, name: str) -> datetime | None:
        """When the named process was last heard of."""
        return self._session.scalar(select(HeartbeatRow.at).where(HeartbeatRow.name == name))


class Feed:
    """One program's published messages, in the order of their publication."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def after(self, position: int, *, limit: int) -> tuple[tuple[int, Message], ...]:
        """Messages behind `position`, each with its own; 0 starts at the beginning."""
        rows = self._session.scalars(
            select(MessageRow)
            .where(MessageRow.program_id == self._program_id, MessageRow.feed_position > position)
            .order_by(MessageRow.feed_position)
            .limit(limit)
        )
        return tuple((row.feed_position or 0, message_of(row)) for row in rows)


def _item(row: OutboxRow) -> OutboxItem:
    if row.kind == "ring":
        return Ring(row.number, ReceiptId(row.target_id), row.attempts, row.light, row.traceparent)
    if row.kind == "inbound":
        return TakeIn(row.number, InboundId(row.target_id), row.attempts, row.traceparent)
    if row.kind == "outgoing":
        return Deliver(row.number, OutgoingId(row.target_id), row.attempts, row.traceparent)
    return Publish(row.number, MessageId(row.target_id), row.attempts, row.traceparent)


def message_of(row: MessageRow) -> Message:
    """The row as a value."""
    return Message(
        id=MessageId(row.id),
        program_id=ProgramId(row.program_id),
        member_id=MemberId(row.member_id),
        type=MessageType(row.type),
        sequence=row.sequence,
        time=row.time,
        data=row.data,
        traceparent=row.traceparent,
    )
