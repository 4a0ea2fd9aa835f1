"""Keyed hashes of how receipts came: kept with each, counted in sliding windows, deleted in time.

Counts are of rows, by the order of submission, and never a number that is read, raised and written back. For
a count to be right whichever worker comes first, receipts that share a hash must be numbered in the order in
which they are committed: `take_turns` sees to that. Every receipt with a lower number is then there before
the count of a higher one begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, insert, select, text, tuple_
from sqlalchemy.orm import Session

from receipts.database.base import JsonValue
from receipts.database.tables import ReceiptRow, ReviewCaseRow, TraceRow, WithdrawalRow
from receipts.identity import MemberId, ProgramId, ReceiptId
from receipts.state import ReceiptState
from receipts.traces import Trace, TraceKind

SEEN_MOST = 500
"""Rows looked at for one count: a telephone company's shared address has no end, and every limit is lower."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Another receipt that shares a hash, or a receipt of the same member."""

    number: int
    member_id: MemberId
    at: datetime


def _seen_where(others: ColumnElement[bool]) -> Select[int, str, datetime]:
    return (
        select(TraceRow.receipt_number, TraceRow.member_id, TraceRow.seen_at)
        .where(
            TraceRow.program_id == bindparam("program"),
            TraceRow.kind == bindparam("kind"),
            TraceRow.key == bindparam("key"),
            others,
            TraceRow.seen_at > bindparam("since"),
        )
        .order_by(TraceRow.receipt_number.desc())
        .limit(SEEN_MOST)
    )


# Made once: putting a statement together takes longer than the index takes to answer it.
_SEEN_BEFORE = _seen_where(TraceRow.receipt_number < bindparam("number"))
_SEEN_BY_ANY_ORDER = _seen_where(TraceRow.receipt_number != bindparam("number"))
_SENT_BY = (
    select(ReceiptRow.number, ReceiptRow.received_at)
    .where(
        ReceiptRow.program_id == bindparam("program"),
        ReceiptRow.member_id == bindparam("member"),
        ReceiptRow.received_at > bindparam("since"),
        ReceiptRow.number < bindparam("number"),
        ReceiptRow.state != ReceiptState.REJECTED.value,
    )
    .order_by(ReceiptRow.received_at.desc())
    .limit(SEEN_MOST)
)


class Traces:
    """One program's traces."""

    def __init__(self, session: Session, program_id: ProgramId) -> None:
        self._session = session
        self._program_id = program_id

    def take_turns(self, member_id: MemberId, traces: Sequence[Trace]) -> None:
        """Wait until nobody else is taking in a receipt of this member or of one of these hashes.

        To be called before the receipts are numbered; the turn ends with the transaction. SQLite has one
        writer at a time anyway. All take their turns in one order, so that none wait for each other.
        """
        if self._session.get_bind().dialect.name == "sqlite":
            return
        names = {f"member {member_id}", *(f"{trace.kind.value} {trace.key}" for trace in traces)}
        for turn in sorted(_turn(f"{self._program_id} {name}") for name in names):
            self._session.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": turn})

    def keep(self, receipts: Iterable[ReceiptId], traces: Sequence[Trace]) -> None:
        """Keep the hashes with each of these receipts; a kind that a receipt has already stays as it is."""
        wanted = list(receipts)
        if not wanted or not traces:
            return
        rows = self._session.execute(
            select(ReceiptRow.number, ReceiptRow.member_id, ReceiptRow.received_at).where(
                ReceiptRow.id.in_(wanted), ReceiptRow.program_id == self._program_id
            )
        ).all()
        known = {
            (number, kind)
            for number, kind in self._session.execute(
                select(TraceRow.receipt_number, TraceRow.kind).where(
                    TraceRow.receipt_number.in_([row.number for row in rows])
                )
            )
        }
        new = [
            {
                "receipt_number": row.number,
                "kind": trace.kind.value,
                "program_id": self._program_id,
                "key": trace.key,
                "member_id": row.member_id,
                "seen_at": row.received_at,
            }
            for row in rows
            for trace in traces
            if (row.number, trace.kind.value) not in known
        ]
        if new:
            self._session.execute(insert(TraceRow), new)

    def of(self, number: int) -> tuple[Trace, ...]:
        """What is kept with the receipt of this number."""
        rows = self._session.execute(
            select(TraceRow.kind, TraceRow.key)
            .where(TraceRow.receipt_number == number, TraceRow.program_id == self._program_id)
            .order_by(TraceRow.kind)
        )
        return tuple(Trace(TraceKind(kind), key) for kind, key in rows)

    def forget(self, number: int) -> None:
        """Keep nothing with this receipt: it could not be read, and counts nowhere."""
        self._session.execute(
            delete(TraceRow).where(TraceRow.receipt_number == number, TraceRow.program_id == self._program_id)
        )

    def seen(self, trace: Trace, *, before: int, since: datetime) -> tuple[Seen, ...]:
        """Receipts submitted before the one numbered `before`, and after `since`, latest first.

        What is printed on a receipt (the card) is known only once it is read, which follows no order: of
        those every other receipt is given, so that of two that are read at once the later one sees the other.
        """
        rows = self._session.execute(
            _SEEN_BY_ANY_ORDER if trace.kind is TraceKind.CARD else _SEEN_BEFORE,
            {
                "program": self._program_id,
                "kind": trace.kind.value,
                "key": trace.key,
                "number": before,
                "since": since,
            },
        )
        return tuple(Seen(number, MemberId(member), at) for number, member, at in rows)

    def sent_by(self, member_id: MemberId, *, before: int, since: datetime) -> tuple[Seen, ...]:
        """The member's own receipts before that one, latest first; what could not be read does not count."""
        rows = self._session.execute(
            _SENT_BY,
            {"program": self._program_id, "member": member_id, "number": before, "since": since},
        )
        return tuple(Seen(number, member_id, at) for number, at in rows)

    def refused(
        self,
        member_id: MemberId,
        *,
        before: int,
        limit: int,
        forgiven: frozenset[str] = frozenset(),
        beside: frozenset[str] = frozenset(),
    ) -> tuple[bool, ...]:
        """Of the member's receipts that were decided, latest first: whether a reviewer declined it.

        What the member withdrew was decided by nobody.

        Args:
            member_id: whose.
            before: the number of the receipt that is looked at.
            limit: receipts looked at.
            forgiven: codes of reasons; what waited for one of these and nothing else is not counted.
            beside: codes that may stand beside those.
        """
        rows = self._session.execute(
            select(ReviewCaseRow.status, ReviewCaseRow.reasons)
            .select_from(ReceiptRow)
            .outerjoin(ReviewCaseRow, ReviewCaseRow.receipt_id == ReceiptRow.id)
            .outerjoin(WithdrawalRow, WithdrawalRow.receipt_id == ReceiptRow.id)
            .where(
                ReceiptRow.program_id == self._program_id,
                ReceiptRow.member_id == member_id,
                ReceiptRow.number < before,
                WithdrawalRow.receipt_id.is_(None),
                ReceiptRow.state.in_([ReceiptState.AWARDED.value, ReceiptState.DECLINED.value]),
            )
            .order_by(ReceiptRow.received_at.desc())
            .limit(limit)
        )
        return tuple(
            status == "declined" and not waited_only(reasons, forgiven, beside) for status, reasons in rows
        )

    def ids_of(self, numbers: Sequence[int]) -> tuple[ReceiptId, ...]:
        """The receipts of these numbers, latest first."""
        rows = self._session.scalars(
            select(ReceiptRow.id)
            .where(ReceiptRow.number.in_(numbers), ReceiptRow.program_id == self._program_id)
            .order_by(ReceiptRow.number.desc())
        )
        return tuple(ReceiptId(each) for each in rows)


def waited_only(reasons: JsonValue, codes: frozenset[str], beside: frozenset[str]) -> bool:
    """Whether a case has a reason of these codes, and none but these and those beside."""
    found = {str(each["code"]) for each in reasons if isinstance(each, dict)} if reasons else set()
    return bool(found & codes) and found <= codes | beside


def expire_traces(session: Session, *, before: datetime, limit: int) -> int:
    """Delete traces of receipts submitted before that, of all programs; how many were deleted."""
    due = session.execute(
        select(TraceRow.receipt_number, TraceRow.kind).where(TraceRow.seen_at < before).limit(limit)
    ).all()
    if due:
        session.execute(
            delete(TraceRow).where(
                tuple_(TraceRow.receipt_number, TraceRow.kind).in_([(number, kind) for number, kind in due])
            )
        )
    return len(due)


def count_traces(session: Session) -> int:
    """How many are kept, of all programs."""
    return session.scalar(select(func.count()).select_from(TraceRow)) or 0


def _turn(name: str) -> int:
    """A number for an advisory lock: 64 bits with sign."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
