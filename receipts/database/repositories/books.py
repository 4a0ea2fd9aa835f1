"""The books: ledger entries, claims and messages, always written together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from receipts.database.tables import ClaimRow, LedgerEntryRow, MemberRow, MessageRow, OutboxRow
from receipts.identity import (
    CampaignId,
    LedgerEntryId,
    MemberId,
    MessageId,
    ProgramId,
    ReceiptId,
    new_message_id,
)
from receipts.ledger import Claim, EntryKind, LedgerEntry
from receipts.message import MessageType
from receipts.money import Points


class StaleBooksError(Exception):
    """The member's books moved between working out a posting and writing it: work it out again."""


class Books:
    """One program's books."""

    def __init__(self, session: Session, program_id: ProgramId, now: datetime) -> None:
        self._session = session
        self._program_id = program_id
        self._now = now

    def balance(self, member_id: MemberId) -> Points:
        """The sum of the member's entries."""
        total = self._session.scalar(
            select(func.coalesce(func.sum(LedgerEntryRow.points), 0)).where(
                LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.member_id == member_id
            )
        )
        return Points(int(total or 0))

    def earned_by_campaign(self, member_id: MemberId) -> dict[CampaignId, Points]:
        """What the member has earned from each campaign so far, reversals taken off."""
        rows = self._session.execute(
            select(LedgerEntryRow.campaign_id, func.sum(LedgerEntryRow.points))
            .where(LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.member_id == member_id)
            .group_by(LedgerEntryRow.campaign_id)
        )
        return {CampaignId(campaign_id): Points(int(points)) for campaign_id, points in rows}

    def claimed_lines(self, purchase_key: str) -> frozenset[str]:
        """The lines of a purchase that are paid, whoever was paid."""
        rows = self._session.scalars(
            select(ClaimRow.line_key).where(
                ClaimRow.program_id == self._program_id, ClaimRow.purchase_key == purchase_key
            )
        )
        return frozenset(rows)

    def next_posting(self, receipt_id: ReceiptId) -> int:
        """The number of the next posting for a receipt: 0 where it was paid nothing yet."""
        last = self._session.scalar(
            select(func.max(LedgerEntryRow.posting)).where(
                LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.receipt_id == receipt_id
            )
        )
        return 0 if last is None else last + 1

    def entries(
        self, member_id: MemberId, *, before: int | None, limit: int
    ) -> tuple[tuple[int, LedgerEntry], ...]:
        """The member's entries, newest first, each with its number as the cursor."""
        query = select(LedgerEntryRow).where(
            LedgerEntryRow.program_id == self._program_id, LedgerEntryRow.member_id == member_id
        )
        if before is not None:
            query = query.where(LedgerEntryRow.number < before)
        rows = self._session.scalars(query.order_by(LedgerEntryRow.number.desc()).limit(limit))
        return tuple((row.number, _entry(row)) for row in rows)

    def post(self, entries: Sequence[LedgerEntry], claims: Iterable[Claim]) -> None:
        """Append entries and claims.

        Raises:
            sqlalchemy.exc.IntegrityError: a line is already claimed, or the receipt already paid by a rule.
        """
        for entry in entries:
            self._session.add(
                LedgerEntryRow(
                    id=entry.id,
                    program_id=entry.program_id,
                    member_id=entry.member_id,
                    receipt_id=entry.receipt_id,
                    kind=entry.kind.value,
                    points=entry.points,
                    campaign_id=entry.campaign_id,
                    rule_id=entry.rule_id,
                    posting=entry.posting,
                    reverses=entry.reverses,
                    sentence=entry.sentence,
                    created_at=entry.created_at,
                )
            )
        for claim in claims:
            self._session.add(
                ClaimRow(
                    program_id=claim.program_id,
                    purchase_key=claim.purchase_key,
                    line_key=claim.line_key,
                    receipt_id=claim.receipt_id,
                    member_id=claim.member_id,
                    created_at=self._now,
                )
            )
        self._session.flush()

    def send(
        self,
        member_id: MemberId,
        kind: MessageType,
        data: dict[str, Any],
        *,
        worked_out_at: int | None = None,
    ) -> MessageId:
        """Write a message and its outbox row, with the member's next sequence number.

        A posting that was worked out from the member's books names the sequence that they stood at, as
        `worked_out_at`; a message that rests on no balance leaves it out.

        Raises:
            StaleBooksError: the member's sequence is no longer `worked_out_at`.
        """
        query = update(MemberRow).where(MemberRow.id == member_id, MemberRow.program_id == self._program_id)
        if worked_out_at is not None:
            query = query.where(MemberRow.message_sequence == worked_out_at)
        moved = self._session.execute(query.values(message_sequence=MemberRow.message_sequence + 1))
        if not isinstance(moved, CursorResult) or moved.rowcount != 1:
            raise StaleBooksError(f"the books of {member_id} moved meanwhile")
        sequence = self._session.scalars(
            select(MemberRow.message_sequence).where(MemberRow.id == member_id)
        ).one()
        message_id = new_message_id()
        self._session.add(
            MessageRow(
                id=message_id,
                program_id=self._program_id,
                member_id=member_id,
                type=kind.value,
                sequence=sequence,
                time=self._now,
                data=data,
            )
        )
        self._session.add(
            OutboxRow(
                kind="message",
                program_id=self._program_id,
                target_id=message_id,
                not_before=self._now,
                attempts=0,
                created_at=self._now,
            )
        )
        self._session.flush()
        return message_id


def _entry(row: LedgerEntryRow) -> LedgerEntry:
    return LedgerEntry(
        id=LedgerEntryId(row.id),
        program_id=ProgramId(row.program_id),
        member_id=MemberId(row.member_id),
        receipt_id=ReceiptId(row.receipt_id),
        kind=EntryKind(row.kind),
        points=Points(row.points),
        campaign_id=CampaignId(row.campaign_id),
        rule_id=row.rule_id,
        reverses=None if row.reverses is None else LedgerEntryId(row.reverses),
        sentence=row.sentence,
        created_at=row.created_at,
        posting=row.posting,
    )
