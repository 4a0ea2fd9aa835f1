"""What the lines of one receipt say of each other: a second look at those that were not sure alone.

Every guard of `decide` stands: a line of another size, one that two products explain, or one with a word that
stands for nothing is asked about as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log

from rapidfuzz.distance import OSA

from matching.answers import Case
from matching.decide import Named, decide
from matching.learned import is_smudged
from matching.scored import Scored
from receipts.identity import Sku
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Money

# What a brand that another line of the receipt surely has adds to the logarithm of the odds. Measured on made
# receipts of two catalogs (docs/matching.md): 1.5 gave no more, and where brands are few, less is right.
BRAND_SEEN_LOG_ODDS = 1.0
# Of two prints of one line at one price, the share of letters that agree.
SAME_LINE_LIKENESS = 0.85
_SUREST = 0.999
_CONTRADICTED = frozenset(
    {
        MatchReason.SIZE_CONFLICT,
        MatchReason.CODE_DISAGREES,
        MatchReason.NOT_A_PRODUCT,
        MatchReason.AMBIGUOUS,
    }
)


def together(
    cases: Sequence[Case], named: Sequence[Named], answers: Sequence[Match], units: Sequence[Money | None]
) -> list[Match]:
    """The answers to one receipt's lines, with what the lines say of each other.

    Args:
        cases: the lines with their candidates.
        named: what each names outright.
        answers: each line's answer alone.
        units: what one unit of each cost.
    """
    found = _with_brands(cases, named, answers)
    return _with_prints(cases, found, units)


def _with_brands(cases: Sequence[Case], named: Sequence[Named], answers: Sequence[Match]) -> list[Match]:
    sure = {
        brand
        for case, answer in zip(cases, answers, strict=True)
        if answer.verdict is MatchVerdict.ACCEPT and (brand := _brand(case, answer.sku))
    }
    if not sure:
        return list(answers)
    found = []
    for case, own, answer in zip(cases, named, answers, strict=True):
        scored = case.scored
        if answer.verdict is MatchVerdict.ACCEPT or scored is None or not _has_brand(case, scored, sure):
            found.append(answer)
            continue
        likely = _raised(scored.probability)
        found.append(decide(replace(case, scored=replace(scored, probability=likely)), own))
    return found


def _with_prints(
    cases: Sequence[Case], answers: Sequence[Match], units: Sequence[Money | None]
) -> list[Match]:
    """A line that is printed a second time at the same price, more clearly, is the same product."""
    found = list(answers)
    sure = [place for place, answer in enumerate(answers) if answer.verdict is MatchVerdict.ACCEPT]
    for place, answer in enumerate(answers):
        if answer.verdict is MatchVerdict.ACCEPT or answer.reason in _CONTRADICTED:
            continue
        twins = {
            answers[other].sku: other
            for other in sure
            if units[place] is not None
            and units[other] == units[place]
            and _is_same_print(cases[place], cases[other])
        }
        if len(twins) == 1 and _comes_first(cases[place], next(iter(twins))):
            ((sku, other),) = twins.items()
            found[place] = _as(cases[place], answers[other], sku)
    return found


def _comes_first(case: Case, sku: Sku | None) -> bool:
    """Whether its own words speak for that product before any other: ``WILD`` is no slip of ``MILD`` then."""
    return case.scored is None or case.index.sku_at(case.scored.products[0]) == sku


def _as(case: Case, clear: Match, sku: Sku | None) -> Match:
    row = None if sku is None else case.index.row_of(sku)
    if row is None:
        raise LookupError(f"the index has accepted {sku} and does not hold it")
    return case.accept(row, clear.probability, MatchReason.SAME_PRINT)


def _is_same_print(line: Case, other: Case) -> bool:
    mine, its = line.line.text, other.line.text
    if mine.size != its.size or not is_smudged(mine.words, its.words):
        return False
    return OSA.normalized_similarity(mine.key, its.key) >= SAME_LINE_LIKENESS


def _has_brand(case: Case, scored: Scored, sure: set[str]) -> bool:
    return case.index.product_at(scored.products[0]).brand in sure


def _brand(case: Case, sku: Sku | None) -> str:
    product = None if sku is None else case.index.product(sku)
    return "" if product is None else product.brand


def _raised(likely: float) -> float:
    held = min(max(likely, 1.0 - _SUREST), _SUREST)
    return min(_SUREST, 1.0 / (1.0 + exp(-(log(held / (1.0 - held)) + BRAND_SEEN_LOG_ODDS))))
