"""Corrections that wait for a second person, with what this person needs to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from pipeline.clock import utc_now
from pipeline.line_corrections import waiting_corrections, would_add
from pipeline.objections import objections_of
from pipeline.past import past_of
from pipeline.review_views import read_text
from pipeline.steps.artefacts import READING, receipt_from
from pipeline.views import ReceiptView, receipt_view
from pipeline.wiring import Wiring
from receipts.catalog import CatalogProduct
from receipts.database.repositories.line_corrections import (
    CorrectionStatus,
    LineCorrection,
    LineCorrections,
)
from receipts.database.repositories.objections import Objection
from receipts.database.repositories.programs import ProgramData
from receipts.database.repositories.work import Work
from receipts.database.tables import MemberRow, ReceiptRow
from receipts.fraud import Finding, FraudSignal
from receipts.identity import ProgramId, ReceiptId, Sku


@dataclass(frozen=True, slots=True)
class WaitingCorrection:
    """One in the list.

    Attributes:
        retailer: as it was read; empty where it was not.
        paid: points of the receipt as it stands.
    """

    correction: LineCorrection
    member_name: str
    retailer: str
    paid: int


@dataclass(frozen=True, slots=True)
class ShownCorrection:
    """One with its evidence.

    Attributes:
        receipt: as it stands.
        products: what the lines are said to be, by position; None for not ours, or for a product that the
            catalog does not hold any more.
        adds: points that it would add by now; None where it cannot be done any more.
        paid: points of the receipt as it stands, without what was brought back.
        member_says: what the member said of the lines.
        doubts: findings of the checks that speak against the receipt.
        text: the document's own, where there is no picture.
        waits: nobody has answered it yet.
    """

    correction: LineCorrection
    receipt: ReceiptView
    products: Mapping[int, CatalogProduct | None]
    adds: int | None
    paid: int
    member_says: Mapping[int, tuple[Objection, ...]]
    doubts: tuple[FraudSignal, ...]
    text: str
    waits: bool


def waiting_with_receipts(
    wiring: Wiring, program_id: ProgramId, *, limit: int
) -> tuple[WaitingCorrection, ...]:
    """Those that a second person has to agree to, oldest first."""
    found = waiting_corrections(wiring, program_id, limit=limit)
    wanted = {each.receipt_id for each in found}
    with wiring.database.read() as session:
        query = select(ReceiptRow.id, ReceiptRow.points, MemberRow.name).join(
            MemberRow, MemberRow.id == ReceiptRow.member_id
        )
        rows = session.execute(query.where(ReceiptRow.program_id == program_id, ReceiptRow.id.in_(wanted)))
        known = {ReceiptId(receipt_id): (name, points or 0) for receipt_id, points, name in rows}
        work = Work(session, utc_now())
        shops: dict[ReceiptId, str] = {}
        for each in known:
            reading = work.artefact(each, READING)
            shops[each] = "" if reading is None else receipt_from(reading).retailer.name
    return tuple(
        WaitingCorrection(each, known[each.receipt_id][0], shops[each.receipt_id], known[each.receipt_id][1])
        for each in found
        if each.receipt_id in known
    )


def count_waiting_corrections(wiring: Wiring, program_id: ProgramId) -> int:
    """How many wait for a second person."""
    with wiring.database.read() as session:
        return LineCorrections(session, program_id, utc_now()).count_waiting()


def shown_correction(wiring: Wiring, program_id: ProgramId, correction_id: str) -> ShownCorrection | None:
    """The correction with its receipt; None where the program has no such one."""
    with wiring.database.read() as session:
        found = LineCorrections(session, program_id, utc_now()).find(correction_id)
    receipt = (
        None if found is None else receipt_view(wiring, program_id=program_id, receipt_id=found.receipt_id)
    )
    if found is None or receipt is None:
        return None
    past = past_of(wiring, program_id, found.receipt_id)
    products: dict[Sku, CatalogProduct] = {}
    wanted = frozenset(sku for sku in found.lines.values() if sku is not None)
    if past is not None and wanted:
        with wiring.database.read() as session:
            products = dict(ProgramData(session, program_id).products(past.matching.catalog_number, wanted))
    waits = found.status is CorrectionStatus.PROPOSED
    adds = would_add(wiring, program_id, found.receipt_id, found.lines) if waits else None
    return ShownCorrection(
        correction=found,
        receipt=receipt,
        products={
            position: None if sku is None else products.get(sku) for position, sku in found.lines.items()
        },
        adds=adds if isinstance(adds, int) else None,
        paid=0 if past is None else past.points,
        member_says=objections_of(wiring, program_id, found.receipt_id),
        doubts=tuple(
            signal
            for signal in (() if receipt.screening is None else receipt.screening.signals)
            if signal.finding is Finding.SUSPECT
        ),
        text="" if receipt.picture_sha256 is not None else read_text(wiring, found.receipt_id),
        waits=waits,
    )
