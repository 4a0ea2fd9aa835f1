"""Which receipts of a mail that is run again are new: what it became before, and was not refused, stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    return NewParts(left_of(parts, before) or parts[:1], first_part)


@dataclass(frozen=True, slots=True)
class Before:
    """A receipt that the mail became.

    Attributes:
        place: of its part in the mail, as it was taken apart then; None where that is not known any more.
    """

    facts: PurchaseFacts
    place: int | None


def left_of(parts: Sequence[PartRead], before: Sequence[Before]) -> tuple[PartRead, ...]:
    """The parts that none of those of before stands for.

    One that reads as none of them now, since the reader learned better, is the part at its old place: read as
    another purchase it would be paid twice.
    """
    left = dict(enumerate(parts))
    lost = []
    for each in before:
        known = _of(each.facts, left)
        if known is None:
            lost.append(each.place)
        else:
            del left[known]
    for place in lost:
        if place is not None and place in left and isinstance(left[place].outcome, Reading):
            del left[place]
    return tuple(left.values())


def _before(session: Session, item: WorkItem) -> tuple[list[Before], int]:
    message = Inbound(session, item.program_id, utc_now()).of_submission(item.submission_id)
    if message is None:
        return [], 0
    used = used_before(session, item.program_id, message.id, but=item.submission_id)
    work = Work(session, utc_now())
    artefacts = [(each, work.artefact(each.receipt_id, READING)) for each in used]
    facts = [
        # Those of the first time are numbered as they stand in the mail, later ones behind these.
        Before(
            purchase_facts(receipt_from(artefact)),
            each.part if each.submission_id == used[0].submission_id else None,
        )
        for each, artefact in artefacts
        if artefact is not None
    ]
    return facts, max((each.part for each in used), default=-1) + 1


def _of(facts: PurchaseFacts, parts: Mapping[int, PartRead]) -> int | None:
    """Where the part is that reads as these facts; else the likest one that may."""
    read = [
        (place, purchase_facts(part.outcome.receipt))
        for place, part in parts.items()
        if isinstance(part.outcome, Reading)
    ]
    if (same := next((place for place, found in read if found == facts), None)) is not None:
        return same
    compared = [(place, same_purchase(found, facts)) for place, found in read]
    alike = [(place, found.likeness.bits) for place, found in compared if not isinstance(found, Different)]
    return max(alike, key=lambda each: each[1])[0] if alike else None
