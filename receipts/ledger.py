"""The append-only record of points, kept by double entry.

Each entry moves points out of one account and into another, so nothing can appear or vanish: all accounts of
a program add up to zero, always. A member's balances are sums of entries, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from receipts.identity import CampaignId, LedgerEntryId, MemberId, ProgramId, ReceiptId
from receipts.money import Points
from receipts.program import PointsTerms

NO_CAMPAIGN = CampaignId("")
"""Of entries that no campaign paid: gifts, redemptions."""


class AccountKind(Enum):
    """Where points are. All but the program's belong to one member."""

    PROGRAM = "program"
    """Where they come from: what stands here, negative, is what the program has ever promised."""
    PENDING = "pending"
    """Earned, and not to be spent yet."""
    AVAILABLE = "available"
    """To be spent."""
    HELD = "held"
    """Set aside for a redemption in progress."""
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    """Taken back."""


class EntryKind(Enum):
    """What an entry is for."""

    AWARD = "award"
    """A receipt earned."""
    ACTIVITY = "activity"
    """Something other than a purchase earned."""
    GIFT = "gift"
    """Somebody of the program's staff gave."""
    OPENING = "opening"
    """Brought over from another loyalty system."""
    OPENING_CUT = "opening_cut"
    """Takes an opening back, all of it or some: the other system has since said less."""
    REVERSAL = "reversal"
    """Takes earned points back, all of an entry or some."""
    RELEASE = "release"
    """Pending points become available."""
    EXPIRY = "expiry"
    HOLD = "hold"
    """Sets points aside for a redemption."""
    HOLD_END = "hold_end"
    """Gives back what was set aside."""
    REDEMPTION = "redemption"
    """What was set aside is spent."""


EARNING = (EntryKind.AWARD, EntryKind.ACTIVITY, EntryKind.GIFT)
"""Kinds by which points are earned here."""
LOTS = (*EARNING, EntryKind.OPENING)
"""Kinds whose entries are lots: points that came at one time, released and expiring together."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """Immutable: so many points from one account to another.

    Attributes:
        receipt_id: the receipt that it is about; None where it is about none.
        points: always positive; which way they go, the accounts say.
        campaign_id: that paid; `NO_CAMPAIGN` where none did.
        rule_id: the earning rule that paid.
        reverses: the entry whose points a reversal takes back.
        sentence: what it is for, as a member reads it.
        posting: 0 for the decision itself, then one more for each time that the difference was posted.
        source: what it rests on: a receipt, an activity event, a gift, a balance brought over, a redemption;
            for points that came before (reversal, release, expiry, cut) the entry that they came by. Empty:
            the receipt, or the entry reversed.
        due_at: when the points are released, if pending, or expire, if available; None where nothing is due.
    """

    id: LedgerEntryId
    program_id: ProgramId
    member_id: MemberId
    receipt_id: ReceiptId | None
    kind: EntryKind
    points: Points
    campaign_id: CampaignId
    rule_id: str
    reverses: LedgerEntryId | None
    sentence: str
    created_at: datetime
    posting: int = 0
    debit: AccountKind = AccountKind.PROGRAM
    credit: AccountKind = AccountKind.AVAILABLE
    source: str = ""
    due_at: datetime | None = None

    @property
    def change(self) -> Points:
        """What it does to the spendable balance, signed."""
        return self._change_of(AccountKind.AVAILABLE)

    @property
    def pending_change(self) -> Points:
        """What it does to the member's pending points, signed."""
        return self._change_of(AccountKind.PENDING)

    @property
    def rests_on(self) -> str:
        """The source, also where it was left empty."""
        return self.source or self.reverses or self.receipt_id or ""

    def _change_of(self, account: AccountKind) -> Points:
        return Points(self.points * ((self.credit is account) - (self.debit is account)))


def placed(
    entries: Iterable[LedgerEntry], terms: PointsTerms, *, pending: bool = True
) -> tuple[LedgerEntry, ...]:
    """Earned points where the program's terms put them: pending for its days, or available until they expire.

    Args:
        entries: that earn.
        terms: of the program, as they are now: a later change leaves points that were promised alone.
        pending: False for what is available at once whatever the terms, such as a gift.
    """
    if pending and terms.pending_days:
        wait = timedelta(days=terms.pending_days)
        return tuple(
            replace(each, credit=AccountKind.PENDING, due_at=each.created_at + wait) for each in entries
        )
    return tuple(replace(each, due_at=expires_at(terms, each.created_at)) for each in entries)


def expires_at(terms: PointsTerms, available_from: datetime) -> datetime | None:
    """When points that became available then expire; None for never."""
    return None if terms.expiry_days is None else available_from + timedelta(days=terms.expiry_days)


@dataclass(frozen=True, slots=True)
class Balances:
    """A member's accounts, as sums of entries; only the return policy lets `available` fall below zero."""

    pending: Points
    available: Points
    held: Points


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
