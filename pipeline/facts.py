"""Works out what the dashboard counts of each receipt: retailer, products, money and time, from what is kept.

The facts are derived and can be made anew at any time. The relay keeps them up to date; the dashboard catches
up on what came since, so that a page shows the receipt that was sent a moment ago.
"""

from __future__ import annotations

import time
import unicodedata
from contextlib import suppress
from decimal import Decimal

from sqlalchemy.exc import IntegrityError

from awarding.retailer import fold_retailer
from pipeline.clock import day_in, utc_now
from pipeline.steps.artefacts import MATCHING, READING, matching_from, receipt_from
from pipeline.steps.programs import program_of
from pipeline.wiring import Wiring
from receipts.database.repositories.facts import Facts, LineFact, PurchaseFact, Stale
from receipts.database.repositories.programs import Programs
from receipts.database.repositories.work import Work
from receipts.identity import ProgramId
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.receipt import LineItem, Receipt

_A_WRITE = 50
"""Receipts of one transaction: about 0.1 s on SQLite, for which other writers wait."""
_TEXT = 200
_PPM = 1_000_000
_MILLI = 1_000
_SURE_OF = ("total", "date", "retailer")
_QUANTITY_MAX = 10**12
"""More than a billion pieces are a misreading; the column holds them anyway."""


def fold_print(text: str) -> str:
    """Capitals without accents and punctuation, so that prints that differ by those are one."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = (each if each.isalnum() else " " for each in decomposed if not unicodedata.combining(each))
    return " ".join("".join(letters).split())[:_TEXT]


def _line(item: LineItem, match: Match | None) -> LineFact:
    own = match is not None and match.verdict is MatchVerdict.ACCEPT and match.sku is not None
    best = None if match is None or own or not match.candidates else match.candidates[0]
    quantity = max(Decimal(0), min(item.quantity, Decimal(_QUANTITY_MAX)))
    return LineFact(
        position=item.position,
        sku=match.sku if own and match is not None else None,
        near_sku=None if best is None else best.sku,
        near_ppm=0 if best is None else round(best.probability * _PPM),
        asks=match is not None and match.verdict is MatchVerdict.ASK,
        print_key=fold_print(item.description),
        description=item.description[:_TEXT],
        net_minor=item.net.minor,
        quantity_milli=int(quantity * _MILLI),
    )


def _purchase(receipt: Receipt, lines: tuple[LineFact, ...]) -> PurchaseFact:
    own = [line for line in lines if line.sku is not None]
    return PurchaseFact(
        retailer_key=fold_retailer(receipt.retailer.name)[:_TEXT],
        retailer=receipt.retailer.name[:_TEXT],
        bought_on=receipt.date,
        currency=receipt.currency,
        total_minor=None if receipt.total is None else receipt.total.minor,
        own_minor=sum(line.net_minor for line in own),
        own_products=len({line.sku for line in own}),
        sure_permille=round(1000 * sum(map(receipt.confidence_of, _SURE_OF)) / len(_SURE_OF)),
    )


def _facts_of(work: Work, stale: Stale, currency: str) -> tuple[PurchaseFact, tuple[LineFact, ...]]:
    reading, matching = work.artefact(stale.receipt_id, READING), work.artefact(stale.receipt_id, MATCHING)
    if reading is None:
        return PurchaseFact("", "", None, currency, None, 0, 0), ()
    receipt = receipt_from(reading)
    matches = {} if matching is None else {each.position: each for each in matching_from(matching).matches}
    lines = tuple(
        _line(item, matches.get(item.position))
        for item in receipt.items
        if item.position not in matches or matches[item.position].reason is not MatchReason.NOT_A_PRODUCT
    )
    return _purchase(receipt, lines), lines


def catch_up(wiring: Wiring, program_id: ProgramId, *, most_s: float) -> int:
    """Count what is new or has changed, for so long at most; how many receipts still wait."""
    program = program_of(wiring, program_id)
    until = time.monotonic() + most_s
    while True:
        with wiring.database.read() as session:
            found = Facts(session, program_id).stale(_A_WRITE)
            work = Work(session, utc_now())
            made = [(stale, *_facts_of(work, stale, program.currency)) for stale in found]
        if made:
            with suppress(IntegrityError), wiring.database.write() as session:  # another process counted them
                facts = Facts(session, program_id)
                for stale, purchase, lines in made:
                    day = day_in(program.time_zone, stale.received_at)
                    facts.put(stale, received_on=day, purchase=purchase, lines=lines)
        if len(found) < _A_WRITE:
            return 0
        if time.monotonic() > until:
            with wiring.database.read() as session:
                return Facts(session, program_id).waiting()


def catch_up_all(wiring: Wiring, *, most_s: float) -> None:
    """The same for every program, each for so long at most."""
    with wiring.database.read() as session:
        programs = Programs(session).all()
    for program in programs:
        catch_up(wiring, program.id, most_s=most_s)
