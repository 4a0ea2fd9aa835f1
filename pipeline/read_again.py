"""Which receipts of a mail that is run again are new: what it became before, and was not refused, stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from awarding.likeness import Different, same_purchase
from awarding.purchase import PurchaseFacts, purchase_facts
from ocr.document import Reading
from pipeline.clock import utc_now
from pipeline.part_read import PartRead
from pipeline.steps.artefacts import READING, receipt_from
from pipeline.wiring import Wiring
from receipts.database.repositories.inbound import Inbound
from receipts.database.repositories.reruns import used_before
from receipts.database.repositories.work import Work, WorkItem
from receipts.image import MediaType


@dataclass(frozen=True, slots=True)
class NewParts:
    """What is left to take.

    Attributes:
        parts: never empty where there were any.
        first_part: the number of the first of them, as in `receipts.part`: those of the same file that were
            taken before have lower ones, so that a part is never held for another's copy.
    """

    parts: tuple[PartRead, ...]
    first_part: int


def new_parts(wiring: Wiring, item: WorkItem, parts: tuple[PartRead, ...]) -> NewParts:
    """The parts without those that the same mail gave before it was run again.

    Each receipt of before stands for one part, the likest one: two equal purchases in one mail are two. Where
    all of them were taken before, the first stays, and whoever sent it hears that.
    """
    if item.media_type is not MediaType.EMAIL:
        return NewParts(parts, 0)
    with wiring.database.read() as session:
        before, first_part = _before(session, item)
    left = list(parts)
    for facts in before:
        known = _of(facts, left)
        if known is not None:
            left.remove(known)
    return NewParts(tuple(left) or parts[:1], first_part)


def _before(session: Session, item: WorkItem) -> tuple[list[PurchaseFacts], int]:
    message = Inbound(session, item.program_id, utc_now()).of_submission(item.submission_id)
    if message is None:
        return [], 0
    used = used_before(session, item.program_id, message.id, but=item.submission_id)
    work = Work(session, utc_now())
    artefacts = [work.artefact(each.receipt_id, READING) for each in used]
    facts = [purchase_facts(receipt_from(artefact)) for artefact in artefacts if artefact is not None]
    return facts, max((each.part for each in used), default=-1) + 1


def _of(facts: PurchaseFacts, parts: Sequence[PartRead]) -> PartRead | None:
    """The part that reads as these facts; else the likest one that may."""
    read = [
        (part, purchase_facts(part.outcome.receipt)) for part in parts if isinstance(part.outcome, Reading)
    ]
    if (same := next((part for part, found in read if found == facts), None)) is not None:
        return same
    compared = [(part, same_purchase(found, facts)) for part, found in read]
    alike = [(part, found.likeness.bits) for part, found in compared if not isinstance(found, Different)]
    return max(alike, key=lambda each: each[1])[0] if alike else None
