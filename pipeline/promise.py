"""When a member hears of a receipt that a person must look at: said on the page, by mail and by text."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from pipeline.clock import day_in, utc_now
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.reviews import Reviews
from receipts.database.tables import LedgerEntryRow
from receipts.identity import ProgramId, ReceiptId
from receipts.ledger import AccountKind, EntryKind


def promised_by(wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId) -> datetime | None:
    """The moment; None where nobody is to look, or where it has passed: then no new promise is made."""
    now = utc_now()
    with wiring.database.read() as session:
        case = Reviews(session, program_id, now).of_receipt(receipt_id)
    if case is None or case.status != "open":
        return None
    moment = case.opened_at + timedelta(hours=wiring.settings.review_hours)
    return moment if moment > now else None


def release_day(wiring: Wiring, program_id: ProgramId, receipt_id: ReceiptId) -> date | None:
    """From which day the receipt's points can be spent; None where they can be now."""
    now = utc_now()
    with wiring.database.read() as session:
        due = session.scalar(
            select(func.max(LedgerEntryRow.due_at)).where(
                LedgerEntryRow.program_id == program_id,
                LedgerEntryRow.receipt_id == receipt_id,
                LedgerEntryRow.kind == EntryKind.AWARD.value,
                LedgerEntryRow.credit == AccountKind.PENDING.value,
            )
        )
    return None if due is None or due <= now else day_in(program_of(wiring, program_id).time_zone, due)
