"""What is looked at in a document beside the purchase: its codes, its own history, where its links lead.

It is done once, when the document is read, and kept with the reading. Nothing here ever fails a receipt.
"""

from __future__ import annotations

from dataclasses import replace

from awarding.fraud.examined import NOTHING_EXAMINED, Examined
from awarding.fraud.fiscal.compare import identity_of, stored_keys
from awarding.fraud.fiscal.registry import kept_codes
from awarding.purchase import lookup_keys, purchase_facts
from ocr.document import Reading
from pipeline.mail_reading import PartRead
from receipts.errors import Rejection


def examined(part: PartRead) -> tuple[PartRead, Examined]:
    """The part with the name that its fiscal code gives the purchase, and what was found in its document."""
    if isinstance(part.outcome, Rejection):
        return part, NOTHING_EXAMINED
    codes = kept_codes(part.outcome.codes)
    receipt = replace(part.outcome.receipt, fiscal_identity=identity_of(codes))
    return replace(part, outcome=replace(part.outcome, receipt=receipt)), Examined(codes)


def lookups_of(reading: Reading, found: Examined) -> tuple[str, ...]:
    """Under which the purchase is filed."""
    return (*lookup_keys(purchase_facts(reading.receipt)), *stored_keys(found.codes))
