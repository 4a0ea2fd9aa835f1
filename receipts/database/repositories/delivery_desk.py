"""What people see of a program's publishers and deliveries, and what they may have done about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.deliveries import publisher_state
from receipts.database.tables import DeliveryRow, MessageRow, ProgramRow, PublisherRow
from receipts.delivery import BLOCKING, Delivery, DeliveryState, PublisherCounts, PublisherState
from receipts.identity import DeliveryId, MemberId, MessageId, ProgramId, new_delivery_id
from receipts.message import MessageType

_PAGE = 500
"""Messages made deliveries in one transaction."""
_BLOCKING = tuple(state.value for state in BLOCKING)


class DeliveryDesk:
    """One program's publishers and deliveries."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def publishers(self) -> dict[str, tuple[PublisherState, PublisherCounts]]:
        """Those that have ever looked at the feed, by name."""
        last = self._session.scalar(select(ProgramRow.feed_position).where(ProgramRow.id == self._program_id))
        counted = self._session.execute(
            select(DeliveryRow.publisher, DeliveryRow.state, func.count())
            .where(DeliveryRow.program_id == self._program_id, DeliveryRow.state.in_(_BLOCKING))
            .group_by(DeliveryRow.publisher, DeliveryRow.state)
        )
        counts = {(publisher, state): int(count) for publisher, state, count in counted}
        rows = self._session.scalars(
            select(PublisherRow)
            .where(PublisherRow.program_id == self._program_id)
            .order_by(PublisherRow.name)
        )
        return {
            row.name: (
                publisher_state(row),
                PublisherCounts(
                    behind=max(0, (last or 0) - row.position),
                    waiting=counts.get((row.name, DeliveryState.WAITING.value), 0),
                    dead=counts.get((row.name, DeliveryState.DEAD.value), 0),
                ),
            )
            for row in rows
        }

    def page(
        self, *, state: DeliveryState | None, publisher: str, before: int | None, limit: int
    ) -> tuple[tuple[int, Delivery], ...]:
        """The newest first, each with its number; `before` is the number of the last one seen."""
        query = (
            select(DeliveryRow, MessageRow)
            .join(MessageRow, MessageRow.id == DeliveryRow.message_id)
            .where(DeliveryRow.program_id == self._program_id)
        )
        if state is not None:
            query = query.where(DeliveryRow.state == state.value)
        if publisher:
            query = query.where(DeliveryRow.publisher == publisher)
        if before is not None:
            query = query.where(DeliveryRow.number < before)
        rows = self._session.execute(query.order_by(DeliveryRow.number.desc()).limit(limit))
        return tuple((row.number, self._delivery(row, message)) for row, message in rows)

    def find(self, delivery_id: DeliveryId) -> Delivery | None:
        """The delivery; None where the program has no such one."""
        found = self._session.execute(
            select(DeliveryRow, MessageRow)
            .join(MessageRow, MessageRow.id == DeliveryRow.message_id)
            .where(DeliveryRow.program_id == self._program_id, DeliveryRow.id == delivery_id)
        ).first()
        return None if found is None else self._delivery(found[0], found[1])

    def again(self, delivery_id: DeliveryId, *, asked_by: str) -> None:
        """Let it be sent at once, with all its tries."""
        self._session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.program_id == self._program_id, DeliveryRow.id == delivery_id)
            .values(
                state=DeliveryState.WAITING.value,
                attempts=0,
                not_before=self._now,
                asked_by=asked_by,
                updated_at=self._now,
            )
        )

    def give_up(self, delivery_id: DeliveryId, *, asked_by: str) -> bool:
        """Let the member's later messages go on without it; False where it is no dead letter."""
        given = self._session.scalars(
            update(DeliveryRow)
            .where(
                DeliveryRow.program_id == self._program_id,
                DeliveryRow.id == delivery_id,
                DeliveryRow.state == DeliveryState.DEAD.value,
            )
            .values(state=DeliveryState.GIVEN_UP.value, asked_by=asked_by, updated_at=self._now)
            .returning(DeliveryRow.id)
        ).all()
        return bool(given)

    def start_again(self, publisher: str) -> bool:
        """Let a publisher that stopped or rests try at once; False where there is none of that name."""
        row = self._session.get(PublisherRow, (self._program_id, publisher))
        if row is None:
            return False
        row.stopped, row.failures, row.paused_until, row.updated_at = "", 0, None, self._now
        return True

    def replay(
        self,
        publisher: str,
        *,
        after: int,
        since: datetime | None,
        until: datetime | None,
        ids: Iterable[MessageId],
        asked_by: str,
    ) -> tuple[int, int | None]:
        """Have some of what the publisher has been through sent again, in the order of the feed.

        Args:
            publisher: its name.
            after: a position of the feed to go on behind; 0 first.
            since: only messages of this moment and later.
            until: only messages before this moment.
            ids: only these, where any are named.
            asked_by: the account; empty for the command line.

        Returns:
            How many messages are on their way again, and where to go on; None at the end.
        """
        row = self._session.get(PublisherRow, (self._program_id, publisher))
        wanted = set(ids)
        query = select(MessageRow).where(
            MessageRow.program_id == self._program_id,
            MessageRow.feed_position > after,
            MessageRow.feed_position <= (0 if row is None else row.position),
        )
        if since is not None:
            query = query.where(MessageRow.time >= since)
        if until is not None:
            query = query.where(MessageRow.time < until)
        if wanted:
            query = query.where(MessageRow.id.in_(wanted))
        found = self._session.scalars(query.order_by(MessageRow.feed_position).limit(_PAGE)).all()
        made = self._make_waiting(publisher, found, asked_by) if found else 0
        return made, found[-1].feed_position if len(found) == _PAGE else None

    def _make_waiting(self, publisher: str, messages: Iterable[MessageRow], asked_by: str) -> int:
        by_id = {message.id: message for message in messages}
        known = self._session.scalars(
            select(DeliveryRow).where(
                DeliveryRow.program_id == self._program_id,
                DeliveryRow.publisher == publisher,
                DeliveryRow.message_id.in_(by_id),
            )
        ).all()
        made = 0
        for row in known:
            del by_id[row.message_id]
            if row.state != DeliveryState.WAITING.value:
                row.state, row.attempts = DeliveryState.WAITING.value, 0
                row.not_before, row.updated_at, row.asked_by = self._now, self._now, asked_by
                made += 1
        self._session.add_all(
            DeliveryRow(
                id=new_delivery_id(),
                program_id=self._program_id,
                publisher=publisher,
                message_id=message.id,
                member_id=message.member_id,
                position=message.feed_position,
                state=DeliveryState.WAITING.value,
                attempts=0,
                not_before=self._now,
                last_error="",
                asked_by=asked_by,
                created_at=self._now,
                updated_at=self._now,
            )
            for message in by_id.values()
        )
        self._session.flush()
        return made + len(by_id)

    def _delivery(self, row: DeliveryRow, message: MessageRow) -> Delivery:
        behind = None
        if row.state == DeliveryState.WAITING.value:
            behind = self._session.scalar(
                select(DeliveryRow.message_id)
                .where(
                    DeliveryRow.program_id == row.program_id,
                    DeliveryRow.publisher == row.publisher,
                    DeliveryRow.member_id == row.member_id,
                    DeliveryRow.position < row.position,
                    DeliveryRow.state.in_(_BLOCKING),
                )
                .order_by(DeliveryRow.position)
                .limit(1)
            )
        return Delivery(
            id=DeliveryId(row.id),
            program_id=ProgramId(row.program_id),
            publisher=row.publisher,
            message_id=MessageId(row.message_id),
            member_id=MemberId(row.member_id),
            type=MessageType(message.type),
            sequence=message.sequence,
            position=row.position,
            state=DeliveryState(row.state),
            attempts=row.attempts,
            not_before=row.not_before,
            last_error=row.last_error,
            behind=None if behind is None else MessageId(behind),
            asked_by=row.asked_by,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
