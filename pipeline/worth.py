"""What an approval would pay with the products that a reviewer has chosen so far; nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.brought_back import without_brought_back
from pipeline.choices import UnknownChoice, chosen_products
from pipeline.held import DecidedBefore, NoSuchCase, look_up
from pipeline.review import decision_of
from pipeline.steps.settle import points_of, standing
from pipeline.wiring import Wiring
from receipts.identity import ProgramId, ReviewCaseId, Sku


def worth_of(
    wiring: Wiring, program_id: ProgramId, case_id: ReviewCaseId, products: Mapping[int, Sku | None]
) -> int | NoSuchCase | DecidedBefore | UnknownChoice:
    """Points that approving the case would pay, as it stands now.

    Args:
        wiring: the process's parts.
        program_id: the reviewer's program.
        case_id: an open case.
        products: for lines that the reviewer settled, the product, or None for not ours.
    """
    held = look_up(wiring, program_id, case_id)
    if isinstance(held, NoSuchCase | DecidedBefore):
        return held
    chosen = chosen_products(wiring, program_id, held.matching, products)
    if isinstance(chosen, UnknownChoice):
        return chosen
    mine = held.subject.receipt_id
    left = without_brought_back(wiring, program_id, mine, held.receipt, held.purchase_keys)
    at = standing(
        wiring,
        program_id=program_id,
        member_id=held.subject.member_id,
        purchase_keys=held.purchase_keys,
        matching=chosen,
        receipt=left,
        number=held.sent.number,
        received_at=held.sent.received_at,
    )
    return points_of(decision_of(wiring, held, left, chosen, at, approve=True, note="")) or 0
