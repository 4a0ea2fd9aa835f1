"""What moves tiers and badges: the program's document, members' totals, and who is to be looked at again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from receipts.database.repositories.earning import EARNED
from receipts.database.tables import (
    ActivityRow,
    BroughtTierRow,
    LedgerEntryRow,
    MemberPurchaseRow,
    MemberRow,
    MemberStatusRow,
    MemberTierRow,
    ReceiptRow,
    StatusDocumentRow,
)
from receipts.identity import MemberId, ProgramId
from receipts.ledger import EntryKind
from receipts.money import Currency

_EARNING = (EntryKind.AWARD.value, EntryKind.ACTIVITY.value, EntryKind.REVERSAL.value)
Amounts = tuple[tuple[date, int], ...]
"""What counts, each with its day."""


@dataclass(frozen=True, slots=True)
class KeptTier:
    """A tier that was brought over: the least that the member has, the last day included."""

    tier: str
    until: date


class StatusVersionError(ValueError):
    """A changed document came without a higher version."""


class Statuses:
    """One program's tiers and badges.

    Attributes:
        day_of: the calendar day of a moment where the program is.
    """

    def __init__(
        self, session: Session, program_id: ProgramId, now: datetime, day_of: Callable[[datetime], date]
    ) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now
        self.day_of = day_of

    def document(self) -> dict[str, Any] | None:
        """The newest; None where the program has none."""
        row = self._newest()
        return None if row is None else dict(row.document)

    def keep(self, version: int, document: dict[str, Any]) -> bool:
        """Put a document in force; False where it is already.

        Raises:
            StatusVersionError: the version is not above the newest.
        """
        newest = self._newest()
        if newest is not None and newest.version >= version:
            if (newest.version, newest.document) == (version, document):
                return False
            raise StatusVersionError(
                f"the status document has version {newest.version} already;"
                f" give the changed one version {newest.version + 1}"
            )
        self._session.add(
            StatusDocumentRow(
                program_id=self._program_id, version=version, document=document, created_at=self._now
            )
        )
        self._session.flush()
        return True

    def _newest(self) -> StatusDocumentRow | None:
        return self._session.scalar(
            select(StatusDocumentRow)
            .where(StatusDocumentRow.program_id == self._program_id)
            .order_by(StatusDocumentRow.version.desc())
            .limit(1)
        )

    def points(self, member_id: MemberId) -> Amounts:
        """Earned, by the day of the purchase or activity; what was taken back counts on that day, too."""
        rows = self._session.execute(
            select(
                func.coalesce(MemberPurchaseRow.bought_on, ActivityRow.happened_on),
                LedgerEntryRow.created_at,
                EARNED,
            )
            .outerjoin(MemberPurchaseRow, MemberPurchaseRow.receipt_id == LedgerEntryRow.receipt_id)
            .outerjoin(ActivityRow, ActivityRow.id == LedgerEntryRow.source)
            .where(
                LedgerEntryRow.program_id == self._program_id,
                LedgerEntryRow.member_id == member_id,
                LedgerEntryRow.kind.in_(_EARNING),
            )
        )
        return tuple((self._day(day, at), int(points)) for day, at, points in rows)

    def spent(self, member_id: MemberId, currency: Currency) -> Amounts:
        """In minor units, each purchase once, however many receipts show it."""
        found: dict[str, tuple[date, int]] = {}
        for row, at in self._purchases(member_id):
            if row.currency == currency:
                key = row.purchase_key or row.receipt_id
                day, minor = found.get(key, (self._day(row.bought_on, at), 0))
                found[key] = day, max(minor, row.minor)
        return tuple(found.values())

    def purchases(self, member_id: MemberId) -> Amounts:
        """One for each purchase, however many receipts show it."""
        days = {
            row.purchase_key or row.receipt_id: self._day(row.bought_on, at)
            for row, at in self._purchases(member_id)
        }
        return tuple((day, 1) for day in days.values())

    def _purchases(self, member_id: MemberId) -> list[tuple[MemberPurchaseRow, datetime]]:
        rows = self._session.execute(
            select(MemberPurchaseRow, ReceiptRow.received_at)
            .join(ReceiptRow, ReceiptRow.id == MemberPurchaseRow.receipt_id)
            .where(
                MemberPurchaseRow.program_id == self._program_id,
                MemberPurchaseRow.member_id == member_id,
                ReceiptRow.points > 0,  # of what was brought back whole nothing is left
            )
            .order_by(ReceiptRow.number)
        )
        return [(row, at) for row, at in rows]

    def activities(self, member_id: MemberId, event: str) -> Amounts:
        """One for each; of all events where none is named."""
        query = select(ActivityRow.happened_on).where(
            ActivityRow.program_id == self._program_id, ActivityRow.member_id == member_id
        )
        if event:
            query = query.where(ActivityRow.event == event)
        return tuple((day, 1) for day in self._session.scalars(query))

    def _day(self, day: date | None, at: datetime) -> date:
        return self.day_of(at) if day is None else day

    def last_since(self, member_id: MemberId) -> date | None:
        """The first day of the member's latest tier: a later one never begins before it."""
        return self._session.scalar(
            select(func.max(MemberTierRow.since)).where(
                MemberTierRow.program_id == self._program_id, MemberTierRow.member_id == member_id
            )
        )

    def kept_tier(self, member_id: MemberId) -> KeptTier | None:
        """What was promised when the member was brought over; None where nothing was."""
        row = self._session.get(BroughtTierRow, (self._program_id, member_id))
        until = None if row is None else row.kept_until
        return None if row is None or until is None else KeptTier(row.tier, until)

    def looked_at(self, member_id: MemberId, version: int, again_at: datetime | None) -> None:
        """The member's tier and badges are those of this version; look again at that moment."""
        self._session.merge(
            MemberStatusRow(
                program_id=self._program_id, member_id=member_id, version=version, look_again_at=again_at
            )
        )
        self._session.flush()

    def is_due(self, member_id: MemberId) -> bool:
        """Whether the member is still to be looked at: another sweep may have done so."""
        newest = self._newest()
        row = self._session.get(MemberStatusRow, (self._program_id, member_id), populate_existing=True)
        if newest is None or row is None:
            return newest is not None
        return row.version < newest.version or (
            row.look_again_at is not None and row.look_again_at <= self._now
        )


class DueStatuses:
    """The sweep's side; not bound to a program."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def members(self, *, limit: int) -> tuple[tuple[ProgramId, MemberId], ...]:
        """Members out of whose window something falls, and those whom a new document has not reached."""
        falls = self._session.execute(
            select(MemberStatusRow.program_id, MemberStatusRow.member_id)
            .where(MemberStatusRow.look_again_at <= self._now)
            .order_by(MemberStatusRow.look_again_at)
            .limit(limit)
        ).all()
        found = [(ProgramId(program_id), MemberId(member_id)) for program_id, member_id in falls]
        for program_id, version in self.new_documents():
            rows = self._session.scalars(
                select(MemberRow.id)
                .outerjoin(
                    MemberStatusRow,
                    (MemberStatusRow.program_id == MemberRow.program_id)
                    & (MemberStatusRow.member_id == MemberRow.id),
                )
                .where(
                    MemberRow.program_id == program_id,
                    or_(MemberStatusRow.version.is_(None), MemberStatusRow.version < version),
                )
                .order_by(MemberRow.id)
                .limit(limit)
            )
            found.extend((program_id, MemberId(member_id)) for member_id in rows)
        return tuple(dict.fromkeys(found))[:limit]

    def new_documents(self) -> tuple[tuple[ProgramId, int], ...]:
        """Documents that not every member was looked at by."""
        rows = self._session.execute(
            select(StatusDocumentRow.program_id, func.max(StatusDocumentRow.version))
            .where(StatusDocumentRow.applied_at.is_(None))
            .group_by(StatusDocumentRow.program_id)
        )
        return tuple((ProgramId(program_id), int(version)) for program_id, version in rows)

    def applied(self, program_id: ProgramId, version: int) -> None:
        """Every member was looked at by it, and by those before it."""
        self._session.execute(
            update(StatusDocumentRow)
            .where(StatusDocumentRow.program_id == program_id, StatusDocumentRow.version <= version)
            .values(applied_at=self._now)
        )
