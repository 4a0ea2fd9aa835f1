"""Lines of a purchase that came back before anybody knew what they were: another photo must not pay them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from awarding.lines import claim_keys
from awarding.purchase import joined_claims
from awarding.returned import what_is_left
from pipeline.clock import utc_now
from pipeline.past import Past, past_of
from pipeline.steps.paid_lines import claims_of_others, positions_held
from pipeline.steps.settle import UNNAMED_PURCHASE
from pipeline.wiring import Wiring
from receipts.database.repositories.books import Books
from receipts.database.tables import ReceiptRow, ReturnRow
from receipts.identity import ProgramId, ReceiptId
from receipts.receipt import LineItem, Receipt


def without_brought_back(
    wiring: Wiring,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    receipt: Receipt,
    purchase_keys: tuple[str, ...],
) -> Receipt:
    """The receipt without what came back of the purchase and had earned nothing.

    What had earned is claimed, by whatever receipt of the purchase, and earns no more anyhow: it stays, since
    claims are counted against lines, and a claim without its line would keep another line from earning. A
    line that nobody could read when it came back has no claim: it is known by its sum, and of several with
    that sum by its print.
    """
    keys = [key for key in purchase_keys if key != UNNAMED_PURCHASE]
    with wiring.database.read() as session:
        others = session.scalars(
            select(ReturnRow.receipt_id)
            .join(ReceiptRow, ReceiptRow.id == ReturnRow.receipt_id)
            .where(
                ReturnRow.program_id == program_id,
                ReceiptRow.purchase_key.in_(keys),
                ReturnRow.receipt_id != receipt_id,
            )
            .distinct()
        ).all()
        if not others:
            return receipt
        books = Books(session, program_id, utc_now())
        claimed = joined_claims([books.claimed_lines(key) for key in keys])
    gone: dict[int, Decimal] = {}
    for other in sorted(others):
        past = past_of(wiring, program_id, ReceiptId(other))
        if past is None:
            continue
        earned = _earned(wiring, past, claimed)
        for item in past.receipt.items:
            quantity = past.gone.get(item.position)
            if quantity is not None and item.position not in earned:
                found = _same_line(item, [each for each in receipt.items if each.position not in gone])
                if found is not None:
                    gone[found.position] = quantity
    return what_is_left(receipt, gone) if gone else receipt


def _earned(wiring: Wiring, past: Past, claimed: frozenset[str]) -> set[int]:
    """Positions that came back and are claimed, here or as far as can be told on another photo."""
    keys = claim_keys(past.receipt, past.matching.matches)
    with wiring.database.read() as session:
        found = set(positions_held(session, past.program_id, past.purchase_keys).get(past.receipt_id, ()))
        for position in past.gone:
            ask = (session, past.program_id, past.purchase_keys, past.receipt_id, {position})
            if keys.get(position) in claimed - claims_of_others(*ask):
                found.add(position)
    return found


def _same_line(item: LineItem, lines: Sequence[LineItem]) -> LineItem | None:
    alike = [each for each in lines if (each.net, each.quantity) == (item.net, item.quantity)]
    return min(alike, key=lambda each: (each.description != item.description, each.position), default=None)
