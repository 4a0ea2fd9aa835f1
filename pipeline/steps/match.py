"""Line items to catalog products."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from matching.learned import NOTHING_LEARNED
from matching.match import match_receipt
from matching.thresholds import Thresholds
from pipeline.clock import day_in
from pipeline.learning import note_use, shop_key
from pipeline.matching_wish import thresholds_of
from pipeline.steps.artefacts import READING, Matching, load, matching_artefact, receipt_from
from pipeline.steps.base import StageResult
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.work import WorkItem
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.receipt import Receipt
from receipts.state import ReceiptState

NO_CATALOG = 0
"""The catalog number of a program that has imported none."""


def match_stage(wiring: Wiring, item: WorkItem) -> StageResult:
    """Match against the catalog in force and what reviewers taught; without a catalog nothing matches."""
    (reading,) = load(wiring, item.receipt_id, READING)
    receipt = receipt_from(reading)
    started = time.perf_counter()
    book = NOTHING_LEARNED
    zone = program_of(wiring, item.program_id).time_zone
    found = wiring.catalog_index(item.program_id, bought_on(receipt, item.received_at, zone))
    if found is None:
        matching = Matching(_no_matches(receipt), NO_CATALOG)
        versions: dict[str, Any] = {"matcher": "none", "catalog": NO_CATALOG}
    else:
        number, index = found
        book = wiring.learned_books.of(item.program_id, shop_key(receipt))
        thresholds = thresholds_of(wiring, item.program_id, len(index))
        matching = Matching(match_receipt(receipt, index, book, thresholds), number)
        versions = matching_versions(index.version, number, book.version, thresholds)
    seconds = time.perf_counter() - started

    def further(session: Session, item: WorkItem, now: datetime) -> None:
        note_use(
            session,
            now,
            program_id=item.program_id,
            receipt=receipt,
            matches=matching.matches,
            book=book,
        )

    artefact = matching_artefact(matching, versions=versions, seconds=seconds)
    return StageResult(ReceiptState.MATCHED, artefact, further=further)


def matching_versions(matcher: str, catalog: int, aliases: int, thresholds: Thresholds) -> dict[str, Any]:
    """What an answer was made by, so that it can be worked out again."""
    return {
        "matcher": matcher,
        "catalog": catalog,
        "aliases": aliases,
        "accept_min": thresholds.accept_min,
        "ask_min": thresholds.ask_min,
    }


def bought_on(receipt: Receipt, received_at: datetime, time_zone: str) -> date:
    """The day whose catalog counts: as printed, but for days that were misread.

    Nobody buys later than he hands in, by the program's calendar and a day more for a store in another zone:
    a day to come names no catalog to come.
    """
    handed_in = day_in(time_zone, received_at)
    return min(receipt.date or handed_in, handed_in + timedelta(days=1))


def _no_matches(receipt: Receipt) -> tuple[Match, ...]:
    return tuple(
        Match(item.position, MatchVerdict.NONE, None, None, 0.0, MatchReason.NO_CANDIDATE, ())
        for item in receipt.items
    )
