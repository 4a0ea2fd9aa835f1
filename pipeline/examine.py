"""What is looked at in a document beside the purchase: its codes, its own history, where its links lead.

It is done once, when the document is read, and kept with the reading. Nothing here ever fails a receipt.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Final

from awarding.fraud.examined import NOTHING_EXAMINED, Examined
from awarding.fraud.files import pdf_child
from awarding.fraud.files.base import NotExamined, PdfHistory, history_from
from awarding.fraud.files.links import mail_links
from awarding.fraud.fiscal.compare import identity_of, stored_keys
from awarding.fraud.fiscal.registry import kept_codes
from awarding.purchase import lookup_keys, purchase_facts
from ingest.child import Bounds, ChildTooSlow, run_child_on
from ocr.masking import mask_numbers
from pipeline.examine_picture import examined_picture
from pipeline.part_read import PartRead
from pipeline.pdf_makers import maker_keys
from receipts.errors import Rejection
from receipts.receipt import Receipt

PDF_TIMEOUT_S: Final = 5.0
PDF_CPU_S: Final = 3
PDF_MEMORY_BYTES: Final = 512 * 2**20
"""Beyond that of the decoder. Real ones take 0.02 s."""
_CHILD: Final = Path(pdf_child.__file__)


def examined(part: PartRead) -> tuple[PartRead, Examined]:
    """The part, named by its fiscal code where it has one, and what was found in its document."""
    reading = part.outcome
    if isinstance(reading, Rejection):
        return part, NOTHING_EXAMINED
    codes = kept_codes(reading.codes)
    receipt = replace(reading.receipt, fiscal_identity=identity_of(codes))
    pdf, page = part.source.pdf, part.source.page
    found = Examined(
        codes=codes,
        pdf=None if pdf is None else _kept(look_into_pdf(pdf)),
        links=None if page is None else mail_links(page, part.source.sender),
        picture=examined_picture(part),
    )
    return replace(part, outcome=replace(reading, receipt=receipt)), found


def look_into_pdf(data: bytes) -> PdfHistory | NotExamined:
    """Its history and layers, looked into in a process of its own: earlier revisions have passed no door."""
    bounds = Bounds(PDF_MEMORY_BYTES, PDF_CPU_S, PDF_TIMEOUT_S)
    found = run_child_on(data, _CHILD, bounds=bounds)
    if isinstance(found, ChildTooSlow) or found.exit_code:
        return NotExamined("the PDF could not be looked into within the limits of time and memory")
    return history_from(json.loads(found.answer[:]))


def _kept(found: PdfHistory | NotExamined) -> PdfHistory | NotExamined:
    """Without numbers of cards and accounts, nor words that have no digit, which no check looks at."""
    if isinstance(found, NotExamined):
        return found
    return replace(
        found,
        producer=mask_numbers(found.producer),
        creator=mask_numbers(found.creator),
        changes=tuple(
            replace(each, was=mask_numbers(each.was), now=mask_numbers(each.now))
            for each in found.changes
            if _has_digit(each.was + each.now)
        ),
        written_over=tuple(
            replace(each, below=mask_numbers(each.below), above=mask_numbers(each.above))
            for each in found.written_over
            if _has_digit(each.below) and _has_digit(each.above)
        ),
        mixed=tuple(replace(each, text=mask_numbers(each.text)) for each in found.mixed),
    )


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def lookups_of(receipt: Receipt, found: Examined) -> tuple[str, ...]:
    """Under which the purchase is filed."""
    return (
        *lookup_keys(purchase_facts(receipt)),
        *stored_keys(found.codes),
        *maker_keys(receipt, found),
    )
