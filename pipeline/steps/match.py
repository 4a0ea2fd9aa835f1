"""Line items to catalog products."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from matching.match import match_receipt
from pipeline.steps.artefacts import READING, Matching, load, matching_artefact, receipt_from
from pipeline.steps.base import StageResult
from pipeline.wiring import Wiring
from receipts.database.repositories.work import WorkItem
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.receipt import Receipt
from receipts.state import ReceiptState

NO_CATALOG = 0
"""The catalog number of a program that has imported none."""


def match_stage(wiring: Wiring, item: WorkItem) -> StageResult:
    """Match against the catalog in force; without a catalog nothing matches."""
    (reading,) = load(wiring, item.receipt_id, READING)
    receipt = receipt_from(reading)
    started = time.perf_counter()
    # Nobody buys later than he hands in, but for time zones: a day misread names no catalog to come.
    handed_in = item.received_at.date()
    bought = min(receipt.date or handed_in, handed_in + timedelta(days=1))
    found = wiring.catalog_index(item.program_id, bought)
    if found is None:
        matching = Matching(_no_matches(receipt), NO_CATALOG)
        versions: dict[str, Any] = {"matcher": "none", "catalog": NO_CATALOG}
    else:
        number, index = found
        matching = Matching(match_receipt(receipt, index), number)
        versions = {"matcher": index.version, "catalog": number}
    seconds = time.perf_counter() - started
    return StageResult(ReceiptState.MATCHED, matching_artefact(matching, versions=versions, seconds=seconds))


def _no_matches(receipt: Receipt) -> tuple[Match, ...]:
    return tuple(
        Match(item.position, MatchVerdict.NONE, None, None, 0.0, MatchReason.NO_CANDIDATE, ())
        for item in receipt.items
    )
