"""What a reviewer's decision teaches about a shop's prints, and which lines were answered by it since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy.orm import Session

from awarding.retailer import fold_retailer
from matching.learned import LearnedNames, prints_of, unit_price
from ocr.directory import fold_joined, shipped
from pipeline.clock import utc_now
from receipts.catalog import CatalogProduct
from receipts.database.repositories.aliases import RETAILER_MOST_CHARACTERS, Aliases, Shop, Taught
from receipts.database.repositories.programs import ProgramData
from receipts.identity import AccountId, ProgramId, ReceiptId, Sku
from receipts.match import Match, MatchReason
from receipts.receipt import Receipt

FEWEST_SHOP_LETTERS = 6
"""ALDI and ALDO are two shops. Of the 890 chains that come with the program 19 would by these rules be taken
for another (booths for boots, tigros for migros): so a chain's name is never taken for a misread one."""
LONG_SHOP_LETTERS = 10
MOST_SHOP_EDITS = 2
_BY_CONFIRMATION = frozenset({MatchReason.LEARNED, MatchReason.LEARNED_NOT_OURS})


def shop_key(receipt: Receipt) -> str:
    """The shop as books are kept by it; empty where its name was not read."""
    return fold_retailer(receipt.retailer.name)[:RETAILER_MOST_CHARACTERS]


def known_shop(session: Session, program_id: ProgramId, receipt: Receipt) -> str:
    """The shop that is meant: as read, or the one known shop that the name misread by a letter or two is."""
    key = shop_key(receipt)
    return meant_shop(key, Aliases(session, program_id, utc_now()).shops()) if key else key


def meant_shop(key: str, known: Collection[str]) -> str:
    """The name itself, where it is known or nothing is near; else the nearest, if it is the only one.

    Names of few letters are told apart by each, and numbers by each digit: those are never taken for another,
    nor is the name of a chain.
    """
    if key in known or fold_joined(key) in shipped().names:
        return key
    letters = len(key.replace(" ", ""))
    if letters < FEWEST_SHOP_LETTERS:
        return key
    edits = 1 if letters < LONG_SHOP_LETTERS else MOST_SHOP_EDITS
    near = process.extract(key, known, scorer=OSA.distance, processor=None, score_cutoff=edits, limit=2)
    alike = [name for name, _, _ in near if _digits(name) == _digits(key)]
    return alike[0] if len(near) == len(alike) == 1 else key


def _digits(name: str) -> str:
    return "".join(letter for letter in name if letter.isdigit())


def teach(
    session: Session,
    now: datetime,
    *,
    program_id: ProgramId,
    receipt_id: ReceiptId,
    receipt: Receipt,
    chosen: Mapping[int, Sku | None],
    catalog_number: int,
    reviewer: AccountId,
) -> None:
    """Remember the answers that a reviewer gave for lines, where shop and print were read and tell enough."""
    key = known_shop(session, program_id, receipt)
    if not key or receipt.is_refund:
        return
    wanted = frozenset(sku for sku in chosen.values() if sku is not None)
    products = ProgramData(session, program_id).products(catalog_number, wanted) if wanted else {}
    taught = [
        Taught(
            print=known,
            printed=item.description,
            sku=chosen[item.position],
            unit=unit_price(item.amount, item.quantity),
            position=item.position,
            product=_named(products, chosen[item.position]),
        )
        for item in receipt.items
        if item.position in chosen
        for known in prints_of(item.description, item.code)
    ]
    shop = Shop(key, receipt.retailer.name)
    Aliases(session, program_id, now).confirm(shop, taught, receipt_id=receipt_id, author=reviewer)


def _named(products: Mapping[Sku, CatalogProduct], sku: Sku | None) -> str:
    product = None if sku is None else products.get(sku)
    if product is None:
        return ""
    named = product.name.casefold().startswith(product.brand.casefold())
    return product.name if named else f"{product.brand} {product.name}"


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
        Aliases(session, program_id, now).used(known_shop(session, program_id, receipt), used)
