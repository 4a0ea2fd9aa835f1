"""The append-only record of points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from receipts.identity import CampaignId, LedgerEntryId, MemberId, ProgramId, ReceiptId
from receipts.money import Points


class EntryKind(Enum):
    """What an entry is for."""

    AWARD = "award"
    REVERSAL = "reversal"
    """Cancels another entry, to the point."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """Immutable signed points. A member's balance is the sum of the member's entries, nothing else.

    Attributes:
        points: positive for an award, negative for a reversal; never zero.
        rule_id: the earning rule that paid.
        reverses: the entry that a reversal cancels.
        sentence: what it is for, as a member reads it.
        posting: 0 for the decision itself, then one more for each adopted rematch of the receipt.
    """

    id: LedgerEntryId
    program_id: ProgramId
    member_id: MemberId
    receipt_id: ReceiptId
    kind: EntryKind
    points: Points
    campaign_id: CampaignId
    rule_id: str
    reverses: LedgerEntryId | None
    sentence: str
    created_at: datetime
    posting: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """One purchase line paid once to one program.

    Attributes:
        purchase_key: names the purchase by its printed facts, whatever upload it was read from.
        line_key: names the line within the purchase.
    """

    program_id: ProgramId
    purchase_key: str
    line_key: str
    receipt_id: ReceiptId
    member_id: MemberId
