"""Line items to catalog products."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from matching.learned import NOTHING_LEARNED, LearnedNames
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
from receipts.identity import ProgramId
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
    found = matched(wiring, item.program_id, receipt, item.received_at)
    seconds = time.perf_counter() - started

    def further(session: Session, item: WorkItem, now: datetime) -> None:
        note_use(
            session,
            now,
            program_id=item.program_id,
            receipt=receipt,
            matches=found.matching.matches,
            book=found.book,
        )

    artefact = matching_artefact(found.matching, versions=found.versions, seconds=seconds)
    return StageResult(ReceiptState.MATCHED, artefact, further=further)


@dataclass(frozen=True, slots=True)
class Matched:
    """The matches, with what made them."""

    matching: Matching
    versions: dict[str, Any]
    book: LearnedNames


def matched(wiring: Wiring, program_id: ProgramId, receipt: Receipt, received_at: datetime) -> Matched:
    """Match by the catalog in force and what reviewers taught; without a catalog nothing matches."""
    zone = program_of(wiring, program_id).time_zone
    found = wiring.catalog_index(program_id, bought_on(receipt, received_at, zone))
    if found is None:
        nothing = Matching(_no_matches(receipt), NO_CATALOG)
        return Matched(nothing, {"matcher": "none", "catalog": NO_CATALOG}, NOTHING_LEARNED)
    number, index = found
    book = wiring.learned_books.of(program_id, shop_key(receipt))
    thresholds = thresholds_of(wiring, program_id, len(index))
    matching = Matching(match_receipt(receipt, index, book, thresholds), number)
    return Matched(matching, matching_versions(index.version, number, book.version, thresholds), book)


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
