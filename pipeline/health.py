"""Whether the parts answer, and how much work waits: for readiness and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from pipeline.clock import utc_now
from pipeline.relay import BOOKS_CHECK, BOOKS_DIFFER, HEARTBEAT
from pipeline.wiring import Wiring
from receipts.database.repositories.outbox import Outbox
from receipts.database.tables import InboundRow, OutgoingRow, ReceiptRow
from receipts.errors import TransientError
from receipts.failure import FailureKind
from receipts.identity import ProgramId, ReceiptId, Sha256
from receipts.inbound import InboundState, OutgoingState
from receipts.state import UNFINISHED, ReceiptState

RELAY_SILENT_S = 15
"""The relay beats every 2 s; a busy machine delays it by a few."""
UNTOUCHED_S = 120
"""A receipt is read in seconds. One that nobody has taken for this long means that no worker works."""

_NO_FILE = Sha256("0" * 64)
"""Asked for to see whether the store answers; nothing has this hash."""

_UNFINISHED_VALUES = sorted(state.value for state in UNFINISHED)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the program; `trouble` is a sentence for the operator, empty when all is well."""

    name: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Load:
    """How much there is.

    Attributes:
        receipts: count by state, every state named.
        oldest_untouched_s: since when a receipt waits that no worker has taken; 0 when none does.
        inbound: mails and texts by state, every state named.
        oldest_inbound_s: since when a mail or text waits that no worker has taken in; 0 when none does.
        answers: by state, every state named.
        failures: failed receipts by kind, every kind named.
        outbox: bells and messages that are due or will be.
        outbox_lag_s: since when the oldest one that is due waits; 0 when none is.
        books_checked_s: since when the books are proven; 0 where they never were.
        books_differ: whether that proof found a difference.
    """

    receipts: dict[ReceiptState, int]
    oldest_untouched_s: float
    inbound: dict[InboundState, int]
    oldest_inbound_s: float
    answers: dict[OutgoingState, int]
    failures: dict[FailureKind, int]
    outbox: int
    outbox_lag_s: float
    books_checked_s: float
    books_differ: bool


@dataclass(frozen=True, slots=True)
class FailedReceipt:
    """A receipt that waits for a retry.

    Attributes:
        failed_from: the state whose stage failed.
        failure: why, for the operator.
    """

    id: ReceiptId
    failed_from: str
    failure: str
    failed_at: datetime


def readiness(wiring: Wiring) -> tuple[Part, ...]:
    """Every part with its trouble."""
    return (*_database_parts(wiring), _store(wiring))


def load(wiring: Wiring) -> Load:
    """The load over all programs.

    Raises:
        TransientError: the database did not answer.
    """
    now = utc_now()
    with wiring.database.read() as session:
        counted = session.execute(select(ReceiptRow.state, func.count()).group_by(ReceiptRow.state))
        counts = {ReceiptState(state): int(count) for state, count in counted}
        since = _untouched_since(session, now)
        inbound = _counted(session, InboundRow.state)
        answers = _counted(session, OutgoingRow.state)
        failed = _failures(session)
        outbox = Outbox(session, now)
        bells, bell_since = outbox.waiting()
        checked, differed = outbox.last_beat(BOOKS_CHECK), outbox.last_beat(BOOKS_DIFFER)
        arrived = session.scalar(
            select(func.min(InboundRow.received_at)).where(InboundRow.state == InboundState.WAITING.value)
        )
    return Load(
        receipts={state: counts.get(state, 0) for state in ReceiptState},
        oldest_untouched_s=_age_s(since, now),
        inbound={state: inbound.get(state.value, 0) for state in InboundState},
        oldest_inbound_s=_age_s(arrived, now),
        answers={state: answers.get(state.value, 0) for state in OutgoingState},
        failures={kind: failed.get(kind.value, 0) for kind in FailureKind},
        outbox=bells,
        outbox_lag_s=_age_s(bell_since, now),
        books_checked_s=_age_s(checked, now),
        # The check's own beat is written when it begins: a later one found something.
        books_differ=checked is not None and differed is not None and differed >= checked,
    )


def _counted(session: Session, column: InstrumentedAttribute[str]) -> dict[str, int]:
    return {
        state: int(count) for state, count in session.execute(select(column, func.count()).group_by(column))
    }


def _failures(session: Session) -> dict[str, int]:
    # Those from before kinds were kept count as faults of the program, as in `Failures.groups`.
    kind = func.coalesce(ReceiptRow.failure_kind, FailureKind.BUG.value)
    found = session.execute(
        select(kind, func.count()).where(ReceiptRow.state == ReceiptState.FAILED.value).group_by(kind)
    )
    return {name: int(count) for name, count in found}


def _age_s(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def waiting_receipts(wiring: Wiring, program_id: ProgramId, *, most: int) -> int:
    """How many of the program's receipts are not done yet; counted up to `most`."""
    with wiring.database.read() as session:
        some = (
            select(ReceiptRow.number)
            .where(ReceiptRow.program_id == program_id, ReceiptRow.state.in_(_UNFINISHED_VALUES))
            .limit(most)
            .subquery()
        )
        return session.scalar(select(func.count()).select_from(some)) or 0


def failed_receipts(wiring: Wiring, program_id: ProgramId, *, limit: int) -> tuple[FailedReceipt, ...]:
    """The program's failed receipts, longest waiting first."""
    with wiring.database.read() as session:
        rows = session.scalars(
            select(ReceiptRow)
            .where(ReceiptRow.program_id == program_id, ReceiptRow.state == ReceiptState.FAILED.value)
            .order_by(ReceiptRow.number)
            .limit(limit)
        )
        return tuple(
            FailedReceipt(ReceiptId(row.id), row.failed_from or "", row.failure or "", row.updated_at)
            for row in rows
        )


def _database_parts(wiring: Wiring) -> tuple[Part, ...]:
    now = utc_now()
    try:
        with wiring.database.read() as session:
            beat = Outbox(session, now).last_beat(HEARTBEAT)
            since = _untouched_since(session, now)
    except TransientError as error:
        return (Part("database", str(error)),)
    silent = beat is None or now - beat > timedelta(seconds=RELAY_SILENT_S)
    late = since is not None and now - since > timedelta(seconds=UNTOUCHED_S)
    return (
        Part("database", ""),
        Part("relay", "not heard of lately: start `tillpoints relay`" if silent else ""),
        Part("worker", "receipts wait and nobody takes them: start `tillpoints worker`" if late else ""),
    )


def _store(wiring: Wiring) -> Part:
    try:
        wiring.store.exists(_NO_FILE)
    except TransientError as error:
        return Part("store", str(error))
    return Part("store", "")


def _untouched_since(session: Session, now: datetime) -> datetime | None:
    return session.scalar(
        select(func.min(ReceiptRow.updated_at)).where(
            ReceiptRow.state.in_(_UNFINISHED_VALUES),
            or_(ReceiptRow.lease_until.is_(None), ReceiptRow.lease_until < now),
            or_(ReceiptRow.not_before.is_(None), ReceiptRow.not_before < now),
        )
    )
