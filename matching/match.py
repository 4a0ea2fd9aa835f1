"""Printed lines to catalog products, a receipt in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from matching.answers import Case, Line
from matching.confirmed import with_confirmations
from matching.decide import Named, decide, named_by
from matching.features import Paid, measure
from matching.gtin import PrintedCode, read_code
from matching.index import Candidates, CatalogIndex
from matching.learned import NOTHING_LEARNED, LearnedNames, unit_price
from matching.model import shipped_model
from matching.prices import UNKNOWN_PRICES, ShopPrices, level_of_lines, prices_of
from matching.scored import Scored
from matching.scorer import rank
from matching.text import normalise
from matching.thresholds import USUAL, Thresholds
from matching.together import together
from receipts.match import Match, MatchVerdict
from receipts.money import Currency, Money
from receipts.receipt import Receipt
from receipts.serial import Printed, fold_serial, without_serials

# Measured on 10,000 and 50,000 products: 40 find no more right products first, 24 lose 0.003 of top-1.
NEAREST = 32
# Lines scored at once: more need more memory and are no faster.
LINES_AT_ONCE = 40
# Entries that a code or the exact words name are scored beside the nearest; more than these never differ.
_MOST_NAMED = 24
# A line that is this far from any product is none at whatever price.
MEASURED_AGAIN_FROM = 0.02
_NO_CODE = PrintedCode(certain=(), possible=(), reserved=None)


@dataclass(frozen=True, slots=True)
class LineQuery:
    """A printed line as the matcher needs it.

    Attributes:
        position: comes back in the answer.
        description: the printed words; price, flags and quantity in it do no harm.
        code: digits printed beside it.
        amount: what the whole line cost.
        quantity: units, or a weight; None counts as one.
        retailer: the chain's name, empty where unknown.
    """

    position: int
    description: str
    code: str | None
    amount: Money | None
    quantity: Decimal | None
    retailer: str


def match_lines(
    queries: Sequence[LineQuery],
    index: CatalogIndex,
    learned: LearnedNames = NOTHING_LEARNED,
    thresholds: Thresholds = USUAL,
) -> tuple[Match, ...]:
    """An answer for each query, in order. All lines of a receipt in one call are several times faster.

    Args:
        queries: the printed lines.
        index: the catalog.
        learned: what reviewers confirmed at the shop that all of the lines are of.
        thresholds: what the program wants accepted and asked.
    """
    cases, named = _cases(queries, index, thresholds, _known_prices(learned, index))
    answers = [decide(case, own) for case, own in zip(cases, named, strict=True)]
    return _answered(queries, cases, named, answers, learned)


def _known_prices(learned: LearnedNames, index: CatalogIndex) -> ShopPrices:
    return prices_of(learned, index) if learned else UNKNOWN_PRICES


def _cases(
    queries: Sequence[LineQuery], index: CatalogIndex, thresholds: Thresholds, prices: ShopPrices
) -> tuple[list[Case], list[Named]]:
    """Each line with its candidates, and what it names outright."""
    cases: list[Case] = []
    named: list[Named] = []
    for start in range(0, len(queries), LINES_AT_ONCE):
        lines = [read_line(query, index) for query in queries[start : start + LINES_AT_ONCE]]
        own = [named_by(line, index) for line in lines]
        named += own
        cases += [
            Case(line, scored, index, thresholds)
            for line, scored in zip(lines, score(lines, own, index, prices), strict=True)
        ]
    return cases, named


def _answered(
    queries: Sequence[LineQuery],
    cases: Sequence[Case],
    named: Sequence[Named],
    answers: Sequence[Match],
    learned: LearnedNames,
) -> tuple[Match, ...]:
    """With what reviewers confirmed, and the serial numbers of the pieces."""
    found: list[Match] = []
    for query, case, own, alone in zip(queries, cases, named, answers, strict=True):
        answer, line = alone, case.line
        if learned:
            unit = unit_price(query.amount, query.quantity)
            answer = with_confirmations(case, own, answer, unit, line.printed_code, learned)
        found.append(replace(answer, serials=line.serials) if line.serials else answer)
    return tuple(found)


def score(
    lines: Sequence[Line],
    named: Sequence[Named],
    index: CatalogIndex,
    prices: ShopPrices = UNKNOWN_PRICES,
) -> list[Scored | None]:
    """Each line's products in order; None where it has no words or nothing is near."""
    answers: list[Scored | None] = [None] * len(lines)
    worded = [number for number, line in enumerate(lines) if line.text.words]
    if not worded or index.entries.size.size == 0:
        return answers
    model = shipped_model()
    texts = [lines[number].text for number in worded]
    printed = index.read(texts)
    nearest = index.search(texts, printed, nearest=NEAREST)
    candidates = _with(nearest, [_entries_of(named[number], index) for number in worded])
    tables = measure(texts, [lines[number].paid for number in worded], printed, candidates, index, prices)
    rankings = rank(texts, tables, index, model)
    likely = model.accept(rankings.accept).tolist()
    for number, scored in zip(worded, Scored.all(tables, rankings, likely), strict=True):
        answers[number] = scored
    return answers


def _entries_of(named: Named, index: CatalogIndex) -> list[int]:
    """Entries that a code or the exact words name, near or not."""
    products = [*named.certain, *named.possible, *named.by_sku]
    return list(dict.fromkeys([*index.main_entries(products), *named.exact]))[:_MOST_NAMED]


def _with(nearest: Candidates, named: Sequence[Sequence[int]]) -> Candidates:
    """The nearest and the named, a named one as near as the farthest."""
    missing = [
        [entry for entry in own if entry not in near] if own else []
        for own, near in zip(named, nearest.entry, strict=True)
    ]
    width = max(map(len, missing))
    if width == 0:
        return nearest
    entry = np.full((len(missing), width), -1, dtype=np.int32)
    score = np.zeros((len(missing), width), dtype=np.float32)
    for row, own in enumerate(missing):
        entry[row, : len(own)] = own
        score[row, : len(own)] = nearest.score[row].min()
    return Candidates(
        entry=np.concatenate([nearest.entry, entry], axis=1),
        score=np.concatenate([nearest.score, score], axis=1),
    )


def match_receipt(
    receipt: Receipt,
    index: CatalogIndex,
    learned: LearnedNames = NOTHING_LEARNED,
    thresholds: Thresholds = USUAL,
) -> tuple[Match, ...]:
    """An answer for each line item, in order; the price compared is what the line cost before discounts.

    The lines are one purchase's, and say something of each other (`matching.together`).
    """
    queries = [
        LineQuery(
            position=item.position,
            description=item.description,
            code=item.code,
            amount=item.amount,
            quantity=item.quantity,
            retailer=receipt.retailer.name,
        )
        for item in receipt.items
    ]
    return match_purchase(queries, index, learned, thresholds)


def match_purchase(
    queries: Sequence[LineQuery],
    index: CatalogIndex,
    learned: LearnedNames = NOTHING_LEARNED,
    thresholds: Thresholds = USUAL,
) -> tuple[Match, ...]:
    """The same for lines that are known to be of one purchase."""
    prices = _known_prices(learned, index)
    cases, named = _cases(queries, index, thresholds, prices)
    alone = [decide(case, own) for case, own in zip(cases, named, strict=True)]
    units = [unit_price(query.amount, query.quantity) for query in queries]
    if not prices.is_known:
        cases = _at_level(cases, named, alone, units)
        alone = [
            found if found.verdict is MatchVerdict.ACCEPT else decide(case, own)
            for case, own, found in zip(cases, named, alone, strict=True)
        ]
    return _answered(queries, cases, named, together(cases, named, alone, units), learned)


def _at_level(
    cases: Sequence[Case], named: Sequence[Named], alone: Sequence[Match], units: Sequence[Money | None]
) -> list[Case]:
    """The lines that are not sure, measured again by the shop's prices as the sure ones show them."""
    if not cases:
        return []
    index = cases[0].index
    sure = [
        index.row_of(found.sku) if found.verdict is MatchVerdict.ACCEPT and found.sku is not None else None
        for found in alone
    ]
    prices = level_of_lines(units, sure, index)
    doubtful = [
        place
        for place, (case, found) in enumerate(zip(cases, alone, strict=True))
        if found.verdict is not MatchVerdict.ACCEPT
        and case.scored is not None
        and case.scored.probability >= MEASURED_AGAIN_FROM
    ]
    if not prices.is_known or not doubtful:
        return list(cases)
    again = score(
        [cases[place].line for place in doubtful], [named[place] for place in doubtful], index, prices
    )
    found_again = dict(zip(doubtful, again, strict=True))
    return [replace(case, scored=found_again.get(place, case.scored)) for place, case in enumerate(cases)]


def read_line(query: LineQuery, index: CatalogIndex) -> Line:
    """The query made ready."""
    named, beside = without_serials(query.description), without_serials(query.code or "")
    text = normalise(named.rest)
    printed = _code_beside(beside, named.serials) or text.code
    return Line(
        position=query.position,
        description=named.rest,
        text=text,
        printed_code=printed,
        code=read_code(printed) if printed else _NO_CODE,
        paid=_paid(query, index.currency),
        serials=tuple(dict.fromkeys((*named.serials, *beside.serials))),
    )


def _code_beside(beside: Printed, serials: Sequence[str]) -> str:
    """The code, unless it is a serial number that the words or the code itself call one."""
    return "" if fold_serial(beside.rest) in serials else beside.rest.strip()


def _paid(query: LineQuery, currency: Currency | None) -> Paid:
    amount, quantity = query.amount, query.quantity
    if amount is None or amount.currency != currency:
        return Paid(unit_minor=float("nan"))
    # A quantity of nothing, or of next to nothing, says nothing of the price of one.
    units = 1.0 if quantity is None or not quantity.is_finite() else abs(float(quantity)) or 1.0
    return Paid(unit_minor=abs(amount.minor) / units)
