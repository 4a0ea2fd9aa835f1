"""All that is found out about one part of a document when it is read, before any of it is stored."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from awarding.fraud.examined import Examined
from ocr.document import Reading
from pipeline.alike import picture_bands
from pipeline.examine import examined, lookups_of
from pipeline.part_read import PartRead
from pipeline.traces import card_traces
from pipeline.wiring import Wiring
from receipts.database.repositories.intake import Intake
from receipts.database.repositories.pictures import Pictures
from receipts.errors import Rejection
from receipts.identity import MemberId, ProgramId, ReceiptId, Sha256
from receipts.image import MediaType
from receipts.traces import Trace


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A part with what it is filed under.

    Attributes:
        part: named by its fiscal code where it has one.
        found: what was looked at beside the purchase.
        picture: the stored repaired picture; None where there is none.
        cards: the payment card that it prints, hashed.
        bands: of its pictures' hashes.
    """

    part: PartRead
    found: Examined
    picture: Sha256 | None
    cards: tuple[Trace, ...]
    bands: tuple[int, ...]

    def file(self, session: Session, program_id: ProgramId, intake: Intake, receipt_id: ReceiptId) -> None:
        """Write down what later receipts are compared by; of a refused one that is its picture."""
        if isinstance(self.part.outcome, Reading):
            intake.add_lookups(receipt_id, lookups_of(self.part.outcome.receipt, self.found))
        Pictures(session, program_id).keep(receipt_id, self.bands)


def looked_at(
    wiring: Wiring,
    program_id: ProgramId,
    member_id: MemberId,
    part: PartRead,
    *,
    file: tuple[bytes, MediaType] | None,
) -> LookedAt:
    """Look at a part; its repaired picture is stored.

    Args:
        wiring: the process's parts.
        program_id: of whose program.
        member_id: whose receipt it is.
        part: as read.
        file: the receipt's own file; None for a further receipt of a file.
    """
    named, found = examined(part)
    repaired = None if isinstance(named.outcome, Rejection) else named.outcome.picture_jpeg
    data, media_type = (b"", MediaType.PDF) if file is None else file
    return LookedAt(
        part=named,
        found=found,
        picture=None if repaired is None else wiring.store.of(program_id, member_id).put_bytes(repaired),
        cards=card_traces(wiring, program_id, named.outcome),
        bands=picture_bands(data, media_type, repaired),
    )
