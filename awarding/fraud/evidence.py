"""Everything the checks may look at, gathered beforehand, so that a check needs no database and no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from awarding.fraud.picture.findings import PictureFindings
from awarding.purchase import PurchaseFacts
from receipts.identity import MemberId, ReceiptId
from receipts.match import Match
from receipts.proof import SentBy
from receipts.receipt import Receipt
from receipts.state import ReceiptState


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Evidence that could not be gathered. A check that needs it answers unknown, never clear.

    Attributes:
        reason: for the reviewer, such as ``the index did not answer``.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class EarlierReceipt:
    """Another receipt of the same program that this one may repeat.

    Attributes:
        own: the same member sent it.
        facts: None where it was never read (rejected, or still on its way).
        submitted_at: our clock, with time zone.
        refused: a reviewer declined it; a plain decline (nothing eligible, cap reached) is not this.
    """

    receipt_id: ReceiptId
    own: bool
    facts: PurchaseFacts | None
    state: ReceiptState
    submitted_at: datetime
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """One receipt and what is known around it.

    Attributes:
        matches: one for each line item.
        submitted_at: our clock, with time zone; the sender's clock is never trusted.
        store_today: the program's calendar day at submission, which stands for the store's.
        same_bytes: other receipts whose original file has the same SHA-256.
        same_facts: other receipts that share one of `awarding.purchase.lookup_keys`.
        receipts_today: receipts that this member submitted on `store_today` up to and including this one.
        sent_by: how it came in through a mail or a text; None for an upload.
        retailer_domains: what the program adds to the known mail domains of the receipt's retailer.
        picture: what its picture itself says of how it was made; None where it came without one.
    """

    receipt: Receipt
    matches: tuple[Match, ...]
    receipt_id: ReceiptId
    member_id: MemberId
    submitted_at: datetime
    store_today: date
    same_bytes: tuple[EarlierReceipt, ...] | Unavailable
    same_facts: tuple[EarlierReceipt, ...] | Unavailable
    receipts_today: int | Unavailable
    sent_by: SentBy | None = None
    retailer_domains: frozenset[str] = frozenset()
    picture: PictureFindings | Unavailable | None = None

    def __post_init__(self) -> None:
        """A time without zone would be compared wrongly without notice."""
        if self.submitted_at.tzinfo is None:
            raise ValueError("submitted_at needs a time zone; give a UTC time")


def came_before(earlier: EarlierReceipt, evidence: Evidence) -> bool:
    """Whether `earlier` has the older right: it was sent first, or has been paid already.

    Of two receipts on their way at once only the later one is then flagged, whichever is finished first. Of
    two files in one submission, whose time is the same, the gatherer decides by handing over the first only.
    """
    if earlier.receipt_id == evidence.receipt_id:
        return False
    if earlier.state is ReceiptState.AWARDED:
        return True
    return earlier.submitted_at <= evidence.submitted_at
