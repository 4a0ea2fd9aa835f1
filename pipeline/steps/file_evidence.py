"""What the checks are told of a receipt's document, with what other receipts say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from awarding.fraud.evidence import Unavailable
from awarding.fraud.examined import Examined
from awarding.fraud.files.base import MailLinks, NotExamined, PdfHistory, SameMaker
from awarding.fraud.fiscal.base import NO_FISCAL_CODE, FiscalProof, KeyRing
from awarding.fraud.fiscal.compare import EarlierCodes, asked_keys, contradicts_itself, fiscal_proof
from awarding.fraud.picture.findings import PictureFindings
from pipeline.clock import utc_now
from pipeline.pdf_makers import maker_keys
from pipeline.steps.artefacts import READING, examined_from, receipt_from, transcript_from
from receipts.database.repositories.reviews import History
from receipts.database.repositories.work import Work
from receipts.identity import ProgramId, ReceiptId
from receipts.receipt import Receipt

_COUNTED: Final = 50
"""Paid PDFs of a retailer that are counted: more would not make it surer."""
_LOOKED_AT: Final = 10
"""Others under a fiscal code's names: honest ones lead to the one before and to photos of the same."""


@dataclass(frozen=True, slots=True)
class FileEvidence:
    """What `Evidence` holds of the document."""

    fiscal: FiscalProof = NO_FISCAL_CODE
    pdf: PdfHistory | NotExamined | None = None
    same_maker: SameMaker | None = None
    links: MailLinks | None = None
    picture: PictureFindings | Unavailable | None = None


def file_evidence(
    session: Session,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    *,
    number: int,
    receipt: Receipt,
    keys: KeyRing,
) -> FileEvidence:
    """What was found in the receipt's document, with what other receipts say of that.

    Args:
        session: to read in.
        program_id: whose receipt it is.
        receipt_id: the receipt.
        number: its place in the order of submission.
        receipt: as read, or as a reviewer corrected it.
        keys: the signers' keys that are known.
    """
    work = Work(session, utc_now())
    reading = work.artefact(receipt_id, READING)
    if reading is None:
        return FileEvidence()
    found, history = examined_from(reading), History(session, program_id)
    asked = asked_keys(found.codes)
    earlier = []
    for other in () if not asked else history.same_keys(asked, before=number, limit=_LOOKED_AT).earlier:
        artefact = work.artefact(other.receipt_id, READING)
        if artefact is not None:
            codes = examined_from(artefact).codes
            doubted = other.refused or contradicts_itself(codes, receipt_from(artefact))
            earlier.append(EarlierCodes(other.receipt_id, codes, doubted))
    words = transcript_from(reading).text if found.codes else ""
    return FileEvidence(
        fiscal=fiscal_proof(found.codes, receipt, words=words, keys=keys, earlier=earlier),
        pdf=found.pdf,
        same_maker=_same_maker(history, receipt, found),
        links=found.links,
        picture=found.picture,
    )


def _same_maker(history: History, receipt: Receipt, found: Examined) -> SameMaker | None:
    keys = maker_keys(receipt, found)
    if not keys:
        return None
    of_retailer, by_this = (history.count_paid(key, most=_COUNTED) for key in keys)
    return SameMaker(of_retailer, by_this)
