"""Which parts of a mail that is run again are new."""

from __future__ import annotations

from dataclasses import replace

from awarding.purchase import purchase_facts
from ocr.document import ReadDefaults, Reading, read_document
from pipeline.part_read import PartRead
from pipeline.read_again import Before, left_of
from receipts.errors import Rejection, RejectionReason
from receipts.image import MediaType
from receipts.money import Currency
from tests.support.mail_parts import no_engine


def part(order: str, day: str, total: str) -> PartRead:
    text = f"Corner Shop\n{day}\nOrder #{order}\n\nOats   ${total}\nTotal   ${total}\n"
    found = read_document(
        text.encode(), MediaType.TEXT, engine=no_engine, defaults=ReadDefaults(Currency("USD"))
    )
    assert not isinstance(found, Rejection), found
    return PartRead(found[0])


FIRST, SECOND = part("10234", "March 3, 2026", "4.99"), part("10299", "March 7, 2026", "7.25")
REFUSED = PartRead(Rejection(RejectionReason.TOO_LARGE, ""))


def before(read: PartRead, place: int | None) -> Before:
    assert isinstance(read.outcome, Reading)
    return Before(purchase_facts(read.outcome.receipt), place)


def test_what_reads_as_before_is_known_wherever_it_stands() -> None:
    assert left_of((SECOND, FIRST), [before(FIRST, 0)]) == (SECOND,)


def test_what_reads_otherwise_now_is_the_part_at_its_old_place() -> None:
    known = before(FIRST, 0)
    misread = replace(known, facts=before(part("88771", "June 9, 2026", "61.30"), 0).facts)
    assert left_of((FIRST, SECOND), [misread]) == (SECOND,)
    assert left_of((FIRST, SECOND), [misread, before(SECOND, 1)]) == ()
    assert left_of((REFUSED, SECOND), [misread]) == (REFUSED, SECOND)
    assert left_of((FIRST, SECOND), [replace(misread, place=None)]) == (FIRST, SECOND)
