"""Ledger entries as rows, and back."""

from __future__ import annotations

from receipts.database.tables import LedgerEntryRow
from receipts.identity import CampaignId, LedgerEntryId, MemberId, ProgramId, ReceiptId
from receipts.ledger import AccountKind, EntryKind, LedgerEntry
from receipts.money import Points


def row_of(entry: LedgerEntry) -> LedgerEntryRow:
    """The row that keeps an entry."""
    return LedgerEntryRow(
        id=entry.id,
        program_id=entry.program_id,
        member_id=entry.member_id,
        receipt_id=entry.receipt_id,
        kind=entry.kind.value,
        points=entry.change,
        campaign_id=entry.campaign_id,
        rule_id=entry.rule_id,
        posting=entry.posting,
        reverses=entry.reverses,
        sentence=entry.sentence,
        created_at=entry.created_at,
        moved=entry.points,
        debit=entry.debit.value,
        credit=entry.credit.value,
        source=entry.rests_on,
        due_at=entry.due_at,
    )


def entry_of(row: LedgerEntryRow) -> LedgerEntry:
    """The entry that a row keeps."""
    return LedgerEntry(
        id=LedgerEntryId(row.id),
        program_id=ProgramId(row.program_id),
        member_id=MemberId(row.member_id),
        receipt_id=None if row.receipt_id is None else ReceiptId(row.receipt_id),
        kind=EntryKind(row.kind),
        points=Points(row.moved),
        campaign_id=CampaignId(row.campaign_id),
        rule_id=row.rule_id,
        reverses=None if row.reverses is None else LedgerEntryId(row.reverses),
        sentence=row.sentence,
        created_at=row.created_at,
        posting=row.posting,
        debit=AccountKind(row.debit),
        credit=AccountKind(row.credit),
        source=row.source,
        due_at=row.due_at,
    )
