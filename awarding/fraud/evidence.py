"""Everything the checks may look at, gathered beforehand, so that a check needs no database and no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from awarding.fraud.files.base import MailLinks, NotExamined, PdfHistory, SameMaker
from awarding.fraud.fiscal.base import NO_FISCAL_CODE, FiscalProof
from awarding.fraud.member_facts import MemberFacts
from awarding.fraud.picture.findings import PictureFindings
from awarding.fraud.world_facts import WorldFacts
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
        withdrawn: its member took it back before it was paid.
    """

    receipt_id: ReceiptId
    own: bool
    facts: PurchaseFacts | None
    state: ReceiptState
    submitted_at: datetime
    refused: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class PictureTwin:
    """An earlier receipt whose picture was compared with this one's.

    Attributes:
        apart_bits: by which the hashes of the whole pictures differ, of 256; None where one has no hash.
        paper_apart_bits: the same for the found paper.
        points: local features that lie alike on both (`awarding.fraud.alike.features`).
        share: of this picture's print that was found again, 0 to 1.
    """

    earlier: EarlierReceipt
    apart_bits: int | None
    paper_apart_bits: int | None
    points: int
    share: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One receipt and what is known around it.

    Attributes:
        matches: one for each line item.
        submitted_at: our clock, with time zone; the sender's clock is never trusted.
        store_today: the program's calendar day at submission, which stands for the store's.
        same_bytes: other receipts whose original file has the same SHA-256.
        same_facts: other receipts that share one of `awarding.purchase.lookup_keys`.
        same_picture: other receipts whose picture was found alike by its hash, or that the same member had
            refused lately; each compared by local features.
        receipts_today: receipts that this member submitted on `store_today` up to and including this one.
        sent_by: how it came in through a mail or a text; None for an upload.
        retailer_domains: what the program adds to the known mail domains of the receipt's retailer.
        member: counts of the member and of where the receipt came from.
        world: what is known of the shop, its receipts and the products' prices.
        fiscal: what its fiscal code says of it.
        pdf: history and layers of the PDF that it was read from; None where it was none.
        same_maker: what is known of the software that makes this retailer's PDFs.
        links: where the links of the mail lead that it was read from; None where there are none.
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
    member: MemberFacts | Unavailable = field(default_factory=MemberFacts)
    world: WorldFacts | Unavailable = field(default_factory=WorldFacts)
    fiscal: FiscalProof | Unavailable = NO_FISCAL_CODE
    pdf: PdfHistory | NotExamined | None = None
    same_maker: SameMaker | None = None
    links: MailLinks | None = None
    same_picture: tuple[PictureTwin, ...] | Unavailable = ()
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
