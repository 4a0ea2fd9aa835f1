"""What the claimed lines of a purchase came to, so that another photo's lines can be told from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from awarding.lines import Weight, line_weights
from pipeline.clock import utc_now
from pipeline.said_elsewhere import PhotoLine, pairs
from pipeline.steps.artefacts import (
    DECISION,
    MATCHING,
    READING,
    Matching,
    decision_from,
    matching_from,
    receipt_from,
)
from receipts.award import Award
from receipts.database.repositories.books import Books
from receipts.database.repositories.work import Work
from receipts.database.tables import ClaimEndRow, ClaimRow
from receipts.identity import ProgramId, ReceiptId, Sku
from receipts.match import MatchVerdict


def paid_as(
    session: Session, program_id: ProgramId, purchase_keys: Sequence[str], matching: Matching
) -> dict[Sku, tuple[Weight, ...]]:
    """By product what its claimed lines came to when they were read.

    Only of products that have more lines here than claims: of all others every line is claimed, or none.
    """
    shown = Counter(match.sku for match in matching.matches if match.verdict is MatchVerdict.ACCEPT)
    books = Books(session, program_id, utc_now())
    claimants = [(key, by) for each in purchase_keys for key, by in books.claimants(each).items()]
    claims = Counter(_product(key) for key, _ in claimants)
    asked = {sku for sku, claimed in claims.items() if shown[sku] > claimed}
    if not asked:
        return {}
    found: dict[Sku, list[Weight]] = {}
    for receipt_id in sorted({by for key, by in claimants if _product(key) in asked}):
        weights = _weights(Work(session, utc_now()), receipt_id)
        for key, by in claimants:
            if by == receipt_id and _product(key) in asked and key in weights:
                found.setdefault(_product(key), []).append(weights[key])
    return {sku: tuple(each) for sku, each in found.items()}


def _product(key: str) -> Sku:
    return Sku(key.rpartition("#")[0])


def _weights(work: Work, receipt_id: ReceiptId) -> Mapping[str, Weight]:
    return {key: weight for key, (_, weight) in lines_claimed(work, receipt_id).items()}


def lines_claimed(work: Work, receipt_id: ReceiptId) -> dict[str, tuple[int, Weight]]:
    """By claim key the line's position and what it came to; empty where the reading is not kept any more."""
    reading, made = work.artefact(receipt_id, READING), work.artefact(receipt_id, MATCHING)
    if reading is None or made is None:
        return {}
    weights = line_weights(receipt_from(reading), matching_from(made).matches)
    positions = positions_claimed(work, receipt_id)
    return {key: (position, weights[position]) for key, position in positions.items() if position in weights}


def positions_held(
    session: Session, program_id: ProgramId, purchase_keys: Sequence[str]
) -> dict[ReceiptId, set[int]]:
    """By photo of a purchase the lines that it was paid for and holds the claims of."""
    books, work = Books(session, program_id, utc_now()), Work(session, utc_now())
    keys: dict[ReceiptId, set[str]] = {}
    for purchase_key in purchase_keys:
        for key, photo in books.claimants(purchase_key).items():
            keys.setdefault(photo, set()).add(key)
    return {
        photo: {at for key, at in positions_claimed(work, photo).items() if key in held}
        for photo, held in keys.items()
    }


def positions_claimed(work: Work, receipt_id: ReceiptId) -> dict[str, int]:
    """By claim key the line that the receipt claimed with it last.

    A line that was brought back whole is in no later decision, and claimed as before: so the newest decision
    that has the key counts.
    """
    found: dict[str, int] = {}
    newest = work.artefact(receipt_id, DECISION)
    for revision in range(0 if newest is None else newest.revision, 0, -1):
        artefact = work.artefact(receipt_id, DECISION, revision=revision)
        decision = None if artefact is None else decision_from(artefact)
        if isinstance(decision, Award):
            for line in decision.lines:
                found.setdefault(line.claim_key, line.position)
    return found


def claims_of_others(
    session: Session,
    program_id: ProgramId,
    purchase_keys: Sequence[str],
    receipt_id: ReceiptId,
    changed: set[int],
) -> frozenset[str]:
    """Claims of other photos that cannot be of the lines at `changed`, though this photo may not show theirs.

    Either the other photo shows those lines too, and was paid for none of them; or they were claimed once,
    beside the others' claims, so they are lines of their own. Empty where the purchase has several keys,
    whose claims are counted on.
    """
    if len(purchase_keys) != 1 or not changed:
        return frozenset()
    shown = _claims_beside(session, program_id, purchase_keys[0], receipt_id, changed)
    return shown | _claims_before(session, program_id, purchase_keys[0], receipt_id, changed)


def _claims_beside(
    session: Session, program_id: ProgramId, purchase_key: str, receipt_id: ReceiptId, changed: set[int]
) -> frozenset[str]:
    """Claims of photos on which each of the lines stands beside the line that is claimed."""
    work = Work(session, utc_now())
    reading = work.artefact(receipt_id, READING)
    claimants = Books(session, program_id, utc_now()).claimants(purchase_key)
    found: set[str] = set()
    for photo in {*claimants.values()} - {receipt_id}:
        other = work.artefact(photo, READING)
        if reading is None or other is None:
            continue
        lines = [PhotoLine(photo, item) for item in receipt_from(other).items]
        there = {at: line.item.position for at, line in pairs(receipt_from(reading).items, lines)}
        if changed <= there.keys():
            spared = {there[at] for at in changed}
            positions = positions_claimed(work, photo)
            found |= {
                key
                for key, by in claimants.items()
                if by == photo and key in positions and positions[key] not in spared
            }
    return frozenset(found)


def _claims_before(
    session: Session, program_id: ProgramId, purchase_key: str, receipt_id: ReceiptId, changed: set[int]
) -> frozenset[str]:
    positions = positions_claimed(Work(session, utc_now()), receipt_id)
    keys = {key for key, at in positions.items() if at in changed}
    if not changed <= {*positions.values()}:
        return frozenset()
    own = (
        (ClaimRow.program_id == ClaimEndRow.program_id)
        & (ClaimRow.purchase_key == ClaimEndRow.purchase_key)
        & (ClaimRow.line_key == ClaimEndRow.line_key)
        & (ClaimRow.turn == ClaimEndRow.turn)
    )
    ended = session.scalar(
        select(func.min(ClaimEndRow.created_at))
        .join(ClaimRow, own)
        .where(
            ClaimRow.program_id == program_id,
            ClaimRow.purchase_key == purchase_key,
            ClaimRow.receipt_id == receipt_id,
            ClaimRow.line_key.in_(keys),
        )
    )
    if ended is None:
        return frozenset()
    others = session.scalars(
        select(ClaimRow.line_key)
        .outerjoin(ClaimEndRow, own)
        .where(
            ClaimRow.program_id == program_id,
            ClaimRow.purchase_key == purchase_key,
            ClaimRow.receipt_id != receipt_id,
            ClaimRow.created_at < ended,
            ClaimEndRow.turn.is_(None),
        )
    )
    return frozenset(others)
