"""Evidence from the receipt and from the program's history, and what the checks make of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from awarding.fraud.evidence import EarlierReceipt, Evidence
from awarding.fraud.policy import ScreenPolicy
from awarding.fraud.screen import screen
from awarding.likeness import shared_purchase_key
from awarding.purchase import PurchaseFacts, lookup_keys, purchase_facts
from pipeline.clock import day_in, day_start, utc_now
from pipeline.steps.artefacts import (
    MATCHING,
    READING,
    load,
    matching_from,
    receipt_from,
    screening_artefact,
)
from pipeline.steps.base import StageResult
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.reviews import Earlier, History
from receipts.database.repositories.work import Work, WorkItem
from receipts.identity import ReceiptId
from receipts.program import Program
from receipts.receipt import Receipt
from receipts.state import ReceiptState

_EARLIER_LOOKED_AT = 50
"""Earlier receipts compared in full: the coarse keys of an honest purchase lead to one or two."""

_Keys = list[tuple[str, PurchaseFacts]]
"""Purchase keys in use, each with the facts that it was named by."""


def screen_stage(wiring: Wiring, item: WorkItem) -> StageResult:
    """Run every check; the purchase is named here, after every earlier one has been looked at."""
    reading, matching = load(wiring, item.receipt_id, READING, MATCHING)
    program = program_of(wiring, item.program_id)
    receipt = receipt_from(reading)
    policy = ScreenPolicy(window_days=program.window_days, max_receipts_per_day=program.daily_receipts)
    with wiring.database.read() as session:
        same_bytes, same_facts, today, keys = _history(session, item, receipt, program)
    screening = screen(
        Evidence(
            receipt=receipt,
            matches=matching_from(matching).matches,
            receipt_id=item.receipt_id,
            member_id=item.member_id,
            submitted_at=item.received_at,
            store_today=day_in(program.time_zone, item.received_at),
            same_bytes=same_bytes,
            same_facts=same_facts,
            receipts_today=today,
        ),
        policy,
    )
    purchase = shared_purchase_key(purchase_facts(receipt), keys)
    return StageResult(
        ReceiptState.SCREENED,
        screening_artefact(
            screening,
            compared=frozenset(earlier.receipt_id for earlier in same_facts),
            versions={"policy": screening.policy_version},
        ),
        columns={"purchase_key": purchase},
    )


def _history(
    session: Session, item: WorkItem, receipt: Receipt, program: Program
) -> tuple[tuple[EarlierReceipt, ...], tuple[EarlierReceipt, ...], int, _Keys]:
    history = History(session, item.program_id)
    work = Work(session, utc_now())
    known: dict[str, EarlierReceipt] = {}

    def describe(earlier: Earlier) -> EarlierReceipt:
        if earlier.receipt_id not in known:
            artefact = work.artefact(earlier.receipt_id, READING)
            known[earlier.receipt_id] = EarlierReceipt(
                receipt_id=earlier.receipt_id,
                own=earlier.member_id == item.member_id,
                facts=None if artefact is None else purchase_facts(receipt_from(artefact)),
                state=earlier.state,
                submitted_at=earlier.received_at,
                refused=earlier.refused,
            )
        return known[earlier.receipt_id]

    by_bytes = history.same_bytes(
        item.file_sha256, part=item.part, before=item.number, limit=_EARLIER_LOOKED_AT
    )
    by_facts = likely_twins(session, item, receipt)
    today = history.count_between(
        item.member_id, start=day_start(program.time_zone, item.received_at), before=item.number
    )
    named = [
        (earlier.purchase_key, facts)
        for earlier in by_facts
        if earlier.purchase_key is not None and (facts := describe(earlier).facts) is not None
    ]
    return (
        tuple(describe(earlier) for earlier in by_bytes),
        tuple(describe(earlier) for earlier in by_facts),
        today + 1,
        named,
    )


def likely_twins(session: Session, item: WorkItem, receipt: Receipt) -> tuple[Earlier, ...]:
    """Receipts that share a coarse key with this one and have the older right: sent earlier, or paid."""
    keys = lookup_keys(purchase_facts(receipt))
    return History(session, item.program_id).same_keys(keys, before=item.number, limit=_EARLIER_LOOKED_AT)


def twins_since(
    session: Session, item: WorkItem, receipt: Receipt, compared: frozenset[ReceiptId]
) -> frozenset[ReceiptId]:
    """Likely twins that the screening did not compare, because they were read or paid since."""
    return frozenset(twin.receipt_id for twin in likely_twins(session, item, receipt)) - compared
