"""A line's verdict where reviewers confirmed its print at this shop: accept, ask, or another maker's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log

from rapidfuzz.distance import OSA

from matching.answers import MOST_CANDIDATES, Case
from matching.decide import AGREEING_COVER, EQUAL_COVER_WITHIN, Named
from matching.feature_names import Feature
from matching.index import CatalogIndex
from matching.learned import Known, LearnedNames
from matching.sizes import SizeFit, compare
from matching.text import normalise, normalise_name
from matching.variants import VARIANTS
from receipts.catalog import CatalogProduct
from receipts.identity import Sku
from receipts.learned import Choice, PrintKind
from receipts.match import Confirmed, Match, MatchCandidate, MatchReason, MatchVerdict
from receipts.money import Money

# Chosen below a code's and above a name's: docs/matching.md has what the book answered rightly and wrongly.
CONFIRMED_PROBABILITY = 0.995
NEARLY_CONFIRMED_PROBABILITY = 0.99
# A price this many times what the shop charged, or this part of it, is another product or another count:
# half price and three for two pass.
FARTHEST_PRICE_FACTOR = 2.5
# Where only the price parts a product from its sibling sizes and theirs is not known, it must be this near.
SAME_PRICE_FACTOR = 1.25
# Share of the letters that must agree with the confirmed print where the shop's number is what was known.
PRINT_LIKENESS = 0.5
# Of the confirmed product where only its price, or what prints alike, leaves a doubt.
UNDECIDED_PROBABILITY = 0.95
# Where size, number, catalog or a smudge speak against it.
CONTRADICTED_PROBABILITY = 0.5
# Share of the words of a name, its brand aside, that a reworded one keeps; a number given anew keeps none.
SAME_PRODUCT_SHARE = 0.5
_UNDECIDED = frozenset({MatchReason.LEARNED_PRICE, MatchReason.AMBIGUOUS})
_CODES = frozenset({MatchReason.GTIN, MatchReason.SKU, MatchReason.NOT_A_PRODUCT})


def with_confirmations(
    case: Case, named: Named, found: Match, unit: Money | None, code: str | None, learned: LearnedNames
) -> Match:
    """The verdict, with what was confirmed for this shop taken into account.

    Args:
        case: the line with its candidates.
        named: what the line names outright: a maker's barcode goes before anything learned.
        found: the verdict by the catalog alone.
        unit: what one unit cost.
        code: digits printed beside the words.
        learned: the shop's book.
    """
    if named.certain or found.reason in _CODES:
        return found
    # What the catalog alone is sure of, only the very same print can put in doubt.
    known = learned.find(case.line.description, code, smudged=found.verdict is not MatchVerdict.ACCEPT)
    if known is None:
        return found
    agreed = known.agreed
    if agreed is None:
        return _disputed(case, found, known)
    if agreed.sku is None:
        return _not_ours(case, found, known, agreed)
    rows = [row for row in case.index.products_of_code(agreed.sku) if case.index.sku_at(row) == agreed.sku]
    if not rows:
        return _ask(case, found, known, MatchReason.LEARNED_GONE)
    return _product(case, found, known, agreed, rows[0], unit)


def _product(
    case: Case, found: Match, known: Known, agreed: Choice, product: int, unit: Money | None
) -> Match:
    index, line = case.index, case.line
    if not _is_still(agreed, index.product_at(product)):
        return _ask(case, found, known, MatchReason.LEARNED_CHANGED)
    if found.verdict is MatchVerdict.ACCEPT and found.sku != agreed.sku:
        return _disputed(case, found, known)
    if compare(line.text.size, index.size_of(product)) is SizeFit.CONFLICT:
        return _ask(case, found, known, MatchReason.SIZE_CONFLICT)
    by_number = PrintKind.NUMBER in known.kinds
    if line.code.certain and index.gtin_at(product) is not None and not by_number:
        return _ask(case, found, known, MatchReason.CODE_DISAGREES)
    if known.kinds == {PrintKind.NUMBER} and not _words_fit(case, product, agreed):
        return _ask(case, found, known, MatchReason.CODE_DISAGREES)
    if not known.exact and not _fits_catalog(case, found, product):
        return _ask(case, found, known, MatchReason.LEARNED_DISPUTED)
    if not by_number and _is_brand_alone(case, product):
        return _ask(case, found, known, MatchReason.AMBIGUOUS)
    rivals = [] if by_number else [*_siblings(case, product), *_print_alike(case, product)]
    if not _price_fits(case, product, rivals, agreed, unit):
        return _ask(case, found, known, MatchReason.LEARNED_PRICE)
    likely = CONFIRMED_PROBABILITY if known.exact else NEARLY_CONFIRMED_PROBABILITY
    return replace(case.accept(product, likely, MatchReason.LEARNED), confirmed=_evidence(known, agreed))


def _is_still(agreed: Choice, product: CatalogProduct) -> bool:
    """The catalog's product of that number is the one that was confirmed, reworded at most.

    Makers give the number of a product that they dropped to another; the confirmations are of the old one.
    """
    if not agreed.product:
        return True
    then = set(normalise_name(agreed.product).words)
    brand = set(normalise_name(product.brand).words)
    now = set(normalise_name(f"{product.brand} {product.name}").words)
    telling, kept = (then - brand) or then, (now - brand) or now
    return len(telling & kept) >= SAME_PRODUCT_SHARE * min(len(telling), len(kept))


def _not_ours(case: Case, found: Match, known: Known, agreed: Choice) -> Match:
    if found.verdict is MatchVerdict.ACCEPT:
        # The catalog may have got the product since: a person looks, and what they say is learned.
        return _disputed(case, found, known)
    reused = known.kinds == {PrintKind.NUMBER} and not _is_like(case, agreed.printed)
    if reused and found.verdict is MatchVerdict.ASK:
        # The number under words of something else: a slip in it, or the shop gave it to another article.
        return _ask(case, found, known, MatchReason.CODE_DISAGREES)
    answer = Match(
        case.line.position,
        MatchVerdict.NONE,
        None,
        None,
        CONFIRMED_PROBABILITY,
        MatchReason.LEARNED_NOT_OURS,
        found.candidates,
    )
    return replace(answer, confirmed=_evidence(known, agreed))


def _evidence(known: Known, agreed: Choice) -> Confirmed:
    others = sum(choice.count for choice in known.choices) - agreed.count
    return Confirmed(agreed.count, agreed.confirmed_at, exact=known.exact, disputed_by=others)


def _disputed(case: Case, found: Match, known: Known) -> Match:
    return _ask(case, found, known, MatchReason.LEARNED_DISPUTED)


def _ask(case: Case, found: Match, known: Known, reason: MatchReason) -> Match:
    """A person is asked, and sees what was confirmed before anything that the matcher thought of.

    Each confirmed product's probability is its share of the confirmations, of what the reason leaves.
    """
    total = sum(choice.count for choice in known.choices)
    likely = UNDECIDED_PROBABILITY if known.exact and reason in _UNDECIDED else CONTRADICTED_PROBABILITY
    confirmed = [
        MatchCandidate(choice.sku, round(choice.count / total * likely, 4))
        for choice in known.choices
        if choice.sku is not None and _row(case.index, choice.sku) is not None
    ]
    if found.sku is not None and found.verdict is MatchVerdict.ACCEPT:
        confirmed.append(MatchCandidate(found.sku, found.probability))
    seen: dict[Sku, MatchCandidate] = {}
    for each in (*confirmed, *found.candidates):
        seen.setdefault(each.sku, each)
    listed = tuple(seen.values())[:MOST_CANDIDATES]
    first = listed[0] if listed else None
    row = None if first is None else _row(case.index, first.sku)
    return Match(
        position=case.line.position,
        verdict=MatchVerdict.ASK,
        sku=None if first is None else first.sku,
        gtin=None if row is None else case.index.gtin_at(row),
        probability=CONTRADICTED_PROBABILITY if first is None else first.probability,
        reason=reason,
        candidates=listed,
        confirmed=_evidence(known, known.choices[0]),
    )


def _row(index: CatalogIndex, sku: Sku) -> int | None:
    return next((row for row in index.products_of_code(sku) if index.sku_at(row) == sku), None)


def _words_fit(case: Case, product: int, agreed: Choice) -> bool:
    """The printed words are those of the product, or look like what was printed when it was confirmed.

    They name no other kind, and no other product explains them better: tills give all flavours of a thing one
    number, too.
    """
    if _names_another_kind(case, product, agreed) or _is_better_explained(case, product):
        return False
    if case.scored is not None and case.scored.cover_of(product) >= AGREEING_COVER:
        return True
    return _is_like(case, agreed.printed)


def _is_like(case: Case, printed: str) -> bool:
    """The line looks like this one, which was confirmed."""
    return OSA.normalized_similarity(case.line.text.key, normalise(printed).key) >= PRINT_LIKENESS


def _names_another_kind(case: Case, product: int, agreed: Choice) -> bool:
    kinds = VARIANTS.intersection(case.line.text.words)
    named = case.index.product_at(product)
    own = {*normalise_name(named.name).words, *normalise(agreed.printed).words}
    return not kinds <= own


def _is_better_explained(case: Case, product: int) -> bool:
    scored, family = case.scored, int(case.index.family[product])
    if scored is None:
        return False
    enough = scored.cover_of(product) + EQUAL_COVER_WITHIN
    return any(
        other != family
        and scored.fits[place] is not SizeFit.CONFLICT
        and scored.value(place, Feature.LINE_COVERED) > enough
        for place, other in enumerate(scored.families)
    )


def _fits_catalog(case: Case, found: Match, product: int) -> bool:
    """The catalog finds the product's family by itself, too: a smudged print of it and no other word."""
    if found.sku is None or case.scored is None:
        return False
    best = _row(case.index, found.sku)
    return best is not None and int(case.index.family[best]) == int(case.index.family[product])


def _is_brand_alone(case: Case, product: int) -> bool:
    """The till cut the name before its first own word: everything of the brand prints like that."""
    named = case.index.product_at(product)
    brand = set(normalise_name(named.brand).words)
    own = set(normalise_name(named.name).words) - brand
    words = case.line.text.words
    return bool(brand and own) and all(any(_stands_for(word, each) for each in brand) for word in words)


def _stands_for(printed: str, word: str) -> bool:
    """Cut short, or with letters left out."""
    if not word.startswith(printed[0]):
        return False
    letters = iter(word)
    return all(letter in letters for letter in printed)


def _siblings(case: Case, product: int) -> list[int]:
    """Products of the same words whose size the print does not rule out."""
    index = case.index
    return [
        row
        for row in index.family_members(int(index.family[product]))
        if row != product and compare(case.line.text.size, index.size_of(row)) is not SizeFit.CONFLICT
    ]


def _print_alike(case: Case, product: int) -> list[int]:
    """Products of other words that explain the print as well: a till that cuts names prints them alike."""
    scored, family = case.scored, int(case.index.family[product])
    if scored is None:
        return []
    own = scored.cover_of(product)
    return [
        scored.products[place]
        for place, other in enumerate(scored.families)
        if other != family
        and scored.fits[place] is not SizeFit.CONFLICT
        and scored.value(place, Feature.LINE_COVERED) >= own - EQUAL_COVER_WITHIN
    ]


def _price_fits(case: Case, product: int, rivals: Sequence[int], agreed: Choice, unit: Money | None) -> bool:
    """The price is one that this product may have had here.

    Where other products print alike, it must be nearer to what the product cost here than to what the other
    would cost, by the proportion of their suggested prices.
    """
    index = case.index
    own = index.product_at(product).msrp
    low, high = _charged_before(agreed, own, unit)
    if unit is None or low is None or high is None or min(unit.minor, low, high) <= 0:
        # Nothing to compare: the words are all there is, and they do not suffice for two.
        return not rivals
    off = max(log(unit.minor / high), log(low / unit.minor), 0.0)
    apart = [_half_way(own, index.product_at(row).msrp) for row in rivals]
    return off <= log(FARTHEST_PRICE_FACTOR) and all(off < each for each in apart)


def _half_way(own: Money | None, other: Money | None) -> float:
    """How far a price may lie from the product's own before it is nearer to the other's; logarithms."""
    if own is None or other is None or min(own.minor, other.minor) <= 0 or own.currency != other.currency:
        return log(SAME_PRICE_FACTOR)
    return abs(log(other.minor / own.minor)) / 2


def _charged_before(
    agreed: Choice, suggested: Money | None, unit: Money | None
) -> tuple[int | None, int | None]:
    """Least and most that one unit cost here when it was confirmed; else the suggested price."""
    if unit is None:
        return None, None
    low, high = agreed.lowest, agreed.highest
    if low is not None and high is not None and low.currency == unit.currency:
        return low.minor, high.minor
    if suggested is not None and suggested.currency == unit.currency:
        return suggested.minor, suggested.minor
    return None, None
