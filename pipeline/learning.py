"""What a reviewer's decision teaches about a shop's prints, and which lines were answered by it since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from awarding.retailer import fold_retailer
from matching.learned import LearnedNames, prints_of, unit_price
from receipts.database.repositories.aliases import RETAILER_MOST_CHARACTERS, Aliases, Shop, Taught
from receipts.identity import AccountId, ProgramId, ReceiptId, Sku
from receipts.match import Match, MatchReason
from receipts.receipt import Receipt

_BY_CONFIRMATION = frozenset({MatchReason.LEARNED, MatchReason.LEARNED_NOT_OURS})


def shop_key(receipt: Receipt) -> str:
    """The shop as books are kept by it; empty where its name was not read."""
    return fold_retailer(receipt.retailer.name)[:RETAILER_MOST_CHARACTERS]


def teach(
    session: Session,
    now: datetime,
    *,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    receipt: Receipt,
    chosen: Mapping[int, Sku | None],
    reviewer: AccountId,
) -> None:
    """Remember the answers that a reviewer gave for lines, where shop and print were read and tell enough."""
    key = shop_key(receipt)
    if not key or receipt.is_refund:
        return
    taught = [
        Taught(
            print=known,
            printed=item.description,
            sku=chosen[item.position],
            unit=unit_price(item.amount, item.quantity),
            position=item.position,
        )
        for item in receipt.items
        if item.position in chosen
        for known in prints_of(item.description, item.code)
    ]
    shop = Shop(key, receipt.retailer.name)
    Aliases(session, program_id, now).confirm(shop, taught, receipt_id=receipt_id, author=reviewer)


def note_use(
    session: Session,
    now: datetime,
    *,
    program_id: ProgramId,
    receipt: Receipt,
    matches: tuple[Match, ...],
    book: LearnedNames,
) -> None:
    """Keep when each alias last answered a line."""
    answered = {match.position: match for match in matches if match.reason in _BY_CONFIRMATION}
    used = set()
    for item in receipt.items:
        match = answered.get(item.position)
        known = None if match is None else book.find(item.description, item.code)
        if match is not None and known is not None:
            used |= {(each, match.sku) for each in known.prints}
    if used:
        Aliases(session, program_id, now).used(shop_key(receipt), used)
