"""What the checks are told of a receipt's document: its fiscal code, held against other receipts' codes."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from awarding.fraud.fiscal.base import NO_FISCAL_CODE, FiscalProof, KeyRing
from awarding.fraud.fiscal.compare import EarlierCodes, asked_keys, fiscal_proof
from pipeline.clock import utc_now
from pipeline.steps.artefacts import READING, examined_from, transcript_from
from receipts.database.repositories.reviews import History
from receipts.database.repositories.work import Work
from receipts.identity import ProgramId, ReceiptId
from receipts.receipt import Receipt

_TILL_RECEIPTS_LOOKED_AT: Final = 10
"""Others under a fiscal code's names: honest ones lead to the one before and to photos of the same."""


def fiscal_of(
    session: Session,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    *,
    number: int,
    receipt: Receipt,
    keys: KeyRing,
) -> FiscalProof:
    """The verdict on the receipt's fiscal code.

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
        return NO_FISCAL_CODE
    codes = examined_from(reading).codes
    asked = asked_keys(codes)
    earlier = []
    if asked:
        history = History(session, program_id)
        for other in history.same_keys(asked, before=number, limit=_TILL_RECEIPTS_LOOKED_AT).earlier:
            artefact = work.artefact(other.receipt_id, READING)
            if artefact is not None:
                earlier.append(EarlierCodes(other.receipt_id, examined_from(artefact).codes))
    words = transcript_from(reading).text if codes else ""
    return fiscal_proof(codes, receipt, words=words, keys=keys, earlier=earlier)
