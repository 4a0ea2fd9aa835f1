"""How much is kept of a member, for the page that tells them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from pipeline.clock import utc_now
from pipeline.wiring import Wiring
from receipts.database.repositories.addresses import Addresses
from receipts.database.tables import LedgerEntryRow, ReceiptRow
from receipts.identity import MemberId, ProgramId


@dataclass(frozen=True, slots=True)
class KeptOf:
    """Counts of what is the member's."""

    receipts: int
    entries: int
    addresses: int


def kept_of(wiring: Wiring, program_id: ProgramId, member_id: MemberId) -> KeptOf:
    """Count it."""
    with wiring.database.read() as session:
        receipts, entries = (
            session.scalar(
                select(func.count())
                .select_from(table)
                .where(table.program_id == program_id, table.member_id == member_id)
            )
            or 0
            for table in (ReceiptRow, LedgerEntryRow)
        )
        addresses = Addresses(session, program_id, utc_now()).of_member(member_id)
    return KeptOf(receipts, entries, len(addresses))
