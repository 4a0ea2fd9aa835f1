"""A publisher's cursor over its program's feed, and the messages that it is to try again or has set aside.

The rule that all of this keeps: of one member's messages, none is sent by a publisher before the one before
it was taken, or given up by a person. A message that fails becomes a row; the member's later ones become rows
behind it, and other members' messages go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from receipts.database.repositories.outbox import message_of
from receipts.database.tables import DeliveryRow, MessageRow, ProgramRow, PublisherRow
from receipts.delivery import BLOCKING, DeliveryState, PublisherState
from receipts.identity import DeliveryId, MemberId, ProgramId, new_delivery_id
from receipts.message import Message

_BLOCKING = tuple(state.value for state in BLOCKING)


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that waits at a publisher and is the first of its member there.

    Attributes:
        due: its time has come; else it is only tried to see whether the other side answers again.
    """

    id: DeliveryId
    message: Message
    attempts: int
    due: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of the feed that the cursor passes though it was not taken."""

    message: Message
    position: int
    state: DeliveryState
    attempts: int
    not_before: datetime
    error: str


class PublisherBooks:
    """One publisher's cursor and deliveries."""

    def __init__(self, session: Session, program_id: ProgramId, publisher: str, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._publisher = publisher
        self._now = now

    def state(self) -> PublisherState | None:
        """How far it is; None before its first look at the feed."""
        row = self._session.get(PublisherRow, (self._program_id, self._publisher))
        return None if row is None else publisher_state(row)

    def begin(self, *, at_the_end: bool) -> PublisherState:
        """Set the cursor where it starts, once: at the feed's first message, or behind its last."""
        known = self.state()
        if known is not None:
            return known
        last = select(ProgramRow.feed_position).where(ProgramRow.id == self._program_id)
        row = PublisherRow(
            program_id=self._program_id,
            name=self._publisher,
            position=self._session.scalars(last).one() if at_the_end else 0,
            failures=0,
            stopped="",
            last_error="",
            updated_at=self._now,
        )
        self._session.add(row)
        self._session.flush()
        return publisher_state(row)

    def owed(self, *, limit: int) -> tuple[Owed, ...]:
        """What is due, the oldest of the feed first; none stands behind an earlier one of its member."""
        rows = self._session.execute(
            self._heads()
            .where(DeliveryRow.not_before <= self._now)
            .order_by(DeliveryRow.position)
            .limit(limit)
        )
        return tuple(Owed(DeliveryId(row.id), message_of(told), row.attempts, True) for row, told in rows)

    def soonest(self) -> Owed | None:
        """What would be tried next, though its time may not have come."""
        found = self._session.execute(self._heads().order_by(DeliveryRow.not_before).limit(1)).first()
        if found is None:
            return None
        row, told = found
        return Owed(DeliveryId(row.id), message_of(told), row.attempts, row.not_before <= self._now)

    def oldest_owed(self) -> datetime | None:
        """Since when the oldest message waits that was neither taken nor set aside; None where none does."""
        row = self._session.get(PublisherRow, (self._program_id, self._publisher))
        if row is None:
            return None
        kept = self._session.scalar(
            select(func.min(DeliveryRow.created_at)).where(
                *self._mine(), DeliveryRow.state == DeliveryState.WAITING.value
            )
        )
        fresh = self._session.scalar(
            select(MessageRow.time)
            .where(MessageRow.program_id == self._program_id, MessageRow.feed_position > row.position)
            .order_by(MessageRow.feed_position)
            .limit(1)
        )
        return min((each for each in (kept, fresh) if each is not None), default=None)

    def set_aside(self) -> int:
        """How many messages were tried in vain and wait for a person."""
        counted = select(func.count()).where(*self._mine(), DeliveryRow.state == DeliveryState.DEAD.value)
        return self._session.scalar(counted) or 0

    def blocked(self, members: Iterable[MemberId]) -> frozenset[MemberId]:
        """Those of them whose next message must wait for an earlier one."""
        found = self._session.scalars(
            select(DeliveryRow.member_id)
            .where(*self._mine(), DeliveryRow.member_id.in_(set(members)), _blocking(DeliveryRow))
            .distinct()
        )
        return frozenset(MemberId(member_id) for member_id in found)

    def settle(self, owed: Owed, *, state: DeliveryState, attempts: int, error: str, wait_s: float) -> None:
        """Write down what came of a try, unless a person has given the message up meanwhile."""
        self._session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id == owed.id, DeliveryRow.state == DeliveryState.WAITING.value)
            .values(
                state=state.value,
                attempts=attempts,
                last_error=error,
                not_before=self._now + timedelta(seconds=wait_s),
                updated_at=self._now,
            )
        )

    def note(self, owed: Owed, *, error: str) -> None:
        """Write down why the try failed and leave everything else."""
        self._session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id == owed.id)
            .values(last_error=error, updated_at=self._now)
        )

    def keep(self, kept: Sequence[Kept]) -> None:
        """Make deliveries of messages that the cursor passes."""
        self._session.add_all(
            DeliveryRow(
                id=new_delivery_id(),
                program_id=self._program_id,
                publisher=self._publisher,
                message_id=each.message.id,
                member_id=each.message.member_id,
                position=each.position,
                state=each.state.value,
                attempts=each.attempts,
                not_before=each.not_before,
                last_error=each.error,
                created_at=self._now,
                updated_at=self._now,
            )
            for each in kept
        )
        self._session.flush()

    def move(
        self, *, position: int, failures: int, paused_s: float, stopped: str, error: str, taken: bool
    ) -> None:
        """Set the cursor, and how the other side fares."""
        row = self._session.get_one(PublisherRow, (self._program_id, self._publisher))
        row.position = position
        row.failures = failures
        row.paused_until = self._now + timedelta(seconds=paused_s) if paused_s else None
        row.stopped = stopped
        row.last_error = error or row.last_error
        row.taken_at = self._now if taken else row.taken_at
        row.updated_at = self._now
        self._session.flush()

    def hurry(self) -> None:
        """Let all that waits for its time be tried at once: the other side is there again."""
        self._session.execute(
            update(DeliveryRow)
            .where(
                *self._mine(),
                DeliveryRow.state == DeliveryState.WAITING.value,
                DeliveryRow.not_before > self._now,
            )
            .values(not_before=self._now)
        )

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        return (
            DeliveryRow.program_id == self._program_id,
            DeliveryRow.publisher == self._publisher,
        )

    def _heads(self) -> Any:  # noqa: ANN401  (SQLAlchemy's own long type)
        earlier = aliased(DeliveryRow)
        stands_before = exists().where(
            and_(
                earlier.program_id == self._program_id,
                earlier.publisher == self._publisher,
                earlier.member_id == DeliveryRow.member_id,
                earlier.position < DeliveryRow.position,
                _blocking(earlier),
            )
        )
        return (
            select(DeliveryRow, MessageRow)
            .join(MessageRow, MessageRow.id == DeliveryRow.message_id)
            .where(*self._mine(), DeliveryRow.state == DeliveryState.WAITING.value, ~stands_before)
        )


def expire_deliveries(session: Session, *, before: datetime, limit: int) -> int:
    """Forget deliveries that were taken before then, of all programs; how many. Dead letters stay."""
    old = (
        select(DeliveryRow.number)
        .where(DeliveryRow.state == DeliveryState.TAKEN.value, DeliveryRow.updated_at < before)
        .limit(limit)
    )
    gone = session.execute(delete(DeliveryRow).where(DeliveryRow.number.in_(old)))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def publisher_state(row: PublisherRow) -> PublisherState:
    """The row as a value."""
    return PublisherState(
        program_id=ProgramId(row.program_id),
        name=row.name,
        position=row.position,
        failures=row.failures,
        paused_until=row.paused_until,
        stopped=row.stopped,
        last_error=row.last_error,
        taken_at=row.taken_at,
    )


def _blocking(table: type[DeliveryRow]) -> ColumnElement[bool]:
    return or_(*(table.state == state for state in _BLOCKING))
