"""One line's verdict: codes first, then known prints, then words; the first stage that can decide does."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import numpy as np

from matching.features import Feature, LineTable, Paid, measure
from matching.gtin import PrintedCode, Reserved
from matching.index import Candidates, CatalogIndex
from matching.line_filter import is_not_product
from matching.scorer import Ranked, Ranking, probability, rank
from matching.sizes import SizeFit, compare
from matching.text import NormalText
from receipts.identity import Gtin
from receipts.match import Match, MatchCandidate, MatchReason, MatchVerdict

# Probability from which a match pays by itself. docs/matching.md has the table it was chosen from.
ACCEPT_MIN = 0.90
# The same where the product has a brand and the line prints none of it, so that it may be the shop's own:
# then the price must fit as well (`Feature.PRICE_CLOSE`; 0.5 is about a fifth away from the suggested price).
UNBRANDED_ACCEPT_MIN = 0.95
UNBRANDED_PRICE_CLOSE_MIN = 0.5
# Probability from which a person is asked; below it the line counts as another maker's.
ASK_MIN = 0.5
# Probability below which not even a best guess is named.
NEAR_MIN = 0.03
MOST_CANDIDATES = 5
# Fewer letters stand for too many products to be believed without a code: one word of so few is not even
# asked about (``MX`` had 0.88 against the sample catalog), and two need a person.
FEWEST_LETTERS = 6
FEWEST_WORDS = 2
# No more than this is known from such a word: below `ASK_MIN`.
FEW_LETTERS_PROBABILITY = 0.25
# A code whose check digit is right named the right product in all of some 1,800 lines measured.
CODE_PROBABILITY = 0.999
# Without its check digit one misread digit names another product in 1.6 % of cases: the words must agree.
CUT_CODE_PROBABILITY = 0.99
ALIAS_PROBABILITY = 0.995
NAME_PROBABILITY = 0.99
# Share of the printed words that must stand for words of the product that a cut code or short SKU names.
AGREEING_COVER = 0.5
# An article number this long with a letter in it, or this long at all, is not met by chance.
LONG_SKU_CHARACTERS = 6
LONG_NUMBER_SKU_DIGITS = 9
# Another size of the right words is right only if the size was misread; another whole code likewise.
SIZE_CONFLICT_FACTOR = 0.1
UNKNOWN_CODE_FACTOR = 0.3
# Rank scores this close, with the line as well explained, are the same to the eye.
EQUAL_SCORE_WITHIN = 0.3
# The same where the best's name is not printed whole: then only its length or price speaks for it.
RIVAL_SCORE_WITHIN = 1.5
EQUAL_COVER_WITHIN = 0.02
# Share of the printed words that another name holds, from which the line may be that name cut short.
CUT_COVER = 0.98


@dataclass(frozen=True, slots=True)
class Line:
    """A query made ready.

    Attributes:
        printed_code: as printed.
        code: what it may stand for.
    """

    position: int
    description: str
    text: NormalText
    printed_code: str | None
    code: PrintedCode
    paid: Paid


@dataclass(frozen=True, slots=True)
class _Scored:
    """A line against its candidates; without words or candidates there is nothing to rank."""

    table: LineTable
    ranking: Ranking
    probability: float

    def row_of(self, product: int) -> Ranked | None:
        return next((ranked for ranked in self.ranking.products if ranked.product == product), None)

    def cover_of(self, product: int) -> float:
        ranked = self.row_of(product)
        return 0.0 if ranked is None else float(self.table.features[ranked.row, Feature.LINE_COVERED])


def decide(line: Line, candidates: Candidates, index: CatalogIndex) -> Match:
    """The verdict on one line."""
    certain = _products(line.code.certain, index)
    if line.code.reserved is Reserved.COUPON or (not certain and is_not_product(line.description)):
        return _none(line, MatchReason.NOT_A_PRODUCT)
    possible = [] if certain else _products(line.code.possible, index)
    by_sku = [] if line.printed_code is None else index.products_of_code(line.printed_code)
    exact = _exact_entries(line.text, index)
    forced = [*index.main_entries([*certain, *possible, *by_sku]), *exact]
    scored = _score(line, _with(candidates, forced), index)
    if certain:
        return _by_certain_code(line, certain, scored, index)
    agreeing = [product for product in possible if _words_agree(product, scored)]
    if len(agreeing) == 1:
        return _accept(line, agreeing[0], CUT_CODE_PROBABILITY, MatchReason.GTIN, scored, index)
    trusted = [product for product in by_sku if _is_long_sku(line) or _words_agree(product, scored)]
    if len(trusted) == 1:
        return _accept(line, trusted[0], CODE_PROBABILITY, MatchReason.SKU, scored, index)
    if scored is None:
        return _none(line, MatchReason.NO_CANDIDATE)
    if exact and not line.code.certain and line.text.letters >= FEWEST_LETTERS:
        return _by_exact_text(line, exact, scored, index)
    if not exact and line.text.letters < FEWEST_LETTERS and len(line.text.words) < FEWEST_WORDS:
        best = scored.ranking.best.product
        likely = min(scored.probability, FEW_LETTERS_PROBABILITY)
        return _none(line, MatchReason.NO_CANDIDATE, best, likely, scored, index)
    return _by_words(line, scored, index)


def _products(gtins: tuple[Gtin, ...], index: CatalogIndex) -> list[int]:
    return list(dict.fromkeys(product for gtin in gtins for product in index.products_of_gtin(gtin)))


def _exact_entries(text: NormalText, index: CatalogIndex) -> list[int]:
    """Entries that the line's words are, as printed or without a doubtful first number or last letter."""
    words = text.words
    forms = [words]
    if text.leading_number is not None:
        forms.append(words[1:])
    if len(words) > 1 and len(words[-1]) == 1:
        forms.append(words[:-1])
    for form in forms:
        found = index.entries_of_text(form)
        if found:
            return found
    return []


def _with(candidates: Candidates, forced: list[int]) -> Candidates:
    missing = [entry for entry in dict.fromkeys(forced) if entry not in candidates.entry]
    if not missing:
        return candidates
    floor = float(candidates.pivoted.min(initial=0.0))
    fill = np.full(len(missing), floor, dtype=np.float32)
    return Candidates(
        entry=np.concatenate([candidates.entry, np.array(missing, dtype=np.int32)]),
        pivoted=np.concatenate([candidates.pivoted, fill]),
        cosine=np.concatenate([candidates.cosine, fill]),
    )


def _score(line: Line, candidates: Candidates, index: CatalogIndex) -> _Scored | None:
    if not line.text.words or candidates.entry.size == 0:
        return None
    table = measure(line.text, line.paid, candidates, index)
    ranking = rank(line.text, table, index)
    return _Scored(table=table, ranking=ranking, probability=probability(ranking))


def _words_agree(product: int, scored: _Scored | None) -> bool:
    if scored is None:
        return False
    ranked = scored.row_of(product)
    conflict = ranked is None or ranked.size_fit is SizeFit.CONFLICT
    return not conflict and scored.cover_of(product) >= AGREEING_COVER


def _is_long_sku(line: Line) -> bool:
    printed = (line.printed_code or "").strip()
    long_enough = LONG_NUMBER_SKU_DIGITS if printed.isdigit() else LONG_SKU_CHARACTERS
    return len(printed) >= long_enough


def _by_certain_code(line: Line, products: list[int], scored: _Scored | None, index: CatalogIndex) -> Match:
    product = products[0]
    if len(products) > 1:
        return _ask(line, product, 1.0 / len(products), MatchReason.AMBIGUOUS, scored, index)
    if scored is not None:
        ranked = scored.row_of(product)
        best = scored.ranking.best
        other = best.family != int(index.family[product]) and scored.probability >= ACCEPT_MIN
        contradicted = other and scored.cover_of(product) < AGREEING_COVER
        if contradicted or (ranked is not None and ranked.size_fit is SizeFit.CONFLICT):
            return _ask(line, product, 0.5, MatchReason.CODE_DISAGREES, scored, index)
    return _accept(line, product, CODE_PROBABILITY, MatchReason.GTIN, scored, index)


def _by_exact_text(line: Line, entries: list[int], scored: _Scored, index: CatalogIndex) -> Match:
    """The line is word for word what the catalog says: the size decides, or nobody does."""
    sizes = {
        entry: compare(line.text.size, index.entries.sizes[index.entries.size[entry]]) for entry in entries
    }
    fitting = [entry for entry in entries if sizes[entry] is not SizeFit.CONFLICT]
    agreeing = [entry for entry in fitting if sizes[entry] is SizeFit.AGREE] or fitting
    same = {int(index.entries.product[entry]) for entry in agreeing}
    products = [ranked.product for ranked in scored.ranking.products if ranked.product in same]
    is_alias = any(index.entries.is_alias[entry] for entry in agreeing or entries)
    known = ALIAS_PROBABILITY if is_alias else NAME_PROBABILITY
    if not products:
        product = int(index.entries.product[entries[0]])
        return _ask(line, product, known * SIZE_CONFLICT_FACTOR, MatchReason.SIZE_CONFLICT, scored, index)
    if not is_alias and _may_be_cut(products[0], scored, index):
        return _by_words(line, scored, index)
    if len(products) > 1:
        families = {int(index.family[product]) for product in products}
        return _ask(line, products[0], known / len(families), MatchReason.AMBIGUOUS, scored, index)
    reason = MatchReason.ALIAS if is_alias else MatchReason.TEXT
    return _accept(line, products[0], known, reason, scored, index)


def _may_be_cut(product: int, scored: _Scored, index: CatalogIndex) -> bool:
    """A longer name holds all printed words too: a till that cuts lines prints both alike."""
    family = int(index.family[product])
    return any(
        ranked.family != family
        and ranked.size_fit is not SizeFit.CONFLICT
        and scored.table.features[ranked.row, Feature.LINE_COVERED] >= CUT_COVER
        for ranked in scored.ranking.products
    )


def _by_words(line: Line, scored: _Scored, index: CatalogIndex) -> Match:
    best = scored.ranking.best
    likely = scored.probability
    product = best.product
    if line.code.certain and index.catalog.products[product].gtin is not None:
        # The printed number is whole and another product's; the words alone must not pay.
        likely *= UNKNOWN_CODE_FACTOR
        if likely >= ASK_MIN * UNKNOWN_CODE_FACTOR:
            return _ask(line, product, likely, MatchReason.CODE_DISAGREES, scored, index)
        return _none(line, MatchReason.NO_CANDIDATE, product, likely, scored, index)
    if best.size_fit is SizeFit.CONFLICT:
        known = likely * SIZE_CONFLICT_FACTOR
        if likely >= ASK_MIN:
            return _ask(line, product, known, MatchReason.SIZE_CONFLICT, scored, index)
        return _none(line, MatchReason.NO_CANDIDATE, product, known, scored, index)
    if likely < ASK_MIN or _is_foreign(scored):
        return _none(line, MatchReason.NO_CANDIDATE, product, likely, scored, index)
    if _is_ambiguous(line, scored, index):
        return _ask(line, product, likely, MatchReason.AMBIGUOUS, scored, index)
    if not _may_accept(line, scored):
        return _ask(line, product, likely, MatchReason.TEXT, scored, index)
    return _accept(line, product, likely, MatchReason.TEXT, scored, index)


def _is_foreign(scored: _Scored) -> bool:
    """A printed word stands for nothing in the product and its brand is not printed: another maker's line.

    Of 1,400 lines of the catalog and 2,100 of strangers this spares 36 of 101 questions about strangers and
    misses 33 right answers.
    """
    row = scored.ranking.best.row
    unbranded = bool(scored.table.features[row, Feature.BRAND_MISSING])
    return unbranded and int(scored.table.unmatched_words[row]) > 0


def _may_accept(line: Line, scored: _Scored) -> bool:
    """The words may pay: enough letters, each word explained, the brand printed or the price right."""
    row = scored.ranking.best.row
    own = scored.table.features[row]
    if line.text.letters < FEWEST_LETTERS or int(scored.table.unmatched_words[row]) > 0:
        return False
    if own[Feature.BRAND_MISSING] and own[Feature.PRICE_CLOSE] < UNBRANDED_PRICE_CLOSE_MIN:
        return False
    return scored.probability >= (UNBRANDED_ACCEPT_MIN if own[Feature.BRAND_MISSING] else ACCEPT_MIN)


def _is_ambiguous(line: Line, scored: _Scored, index: CatalogIndex) -> bool:
    """Another product fits the print as well: a sibling the size does not tell apart, or other words."""
    best = scored.ranking.best
    fitting = [
        product
        for product in index.family_members(best.family)
        if compare(line.text.size, index.size_of(product)) is not SizeFit.CONFLICT
    ]
    if len(fitting) > 1:
        return True
    return any(_explains_as_well(other, scored) for other in scored.ranking.products[1:])


def _explains_as_well(other: Ranked, scored: _Scored) -> bool:
    """The other family covers the print as the best does, and no printed word speaks for the best alone."""
    best, features = scored.ranking.best, scored.table.features
    if other.family == best.family or other.size_fit is not best.size_fit:
        return False
    mine, its = features[best.row], features[other.row]
    if its[Feature.LINE_COVERED] < mine[Feature.LINE_COVERED] - EQUAL_COVER_WITHIN:
        return False
    # A name that is printed whole is meant, whatever longer name holds the same words.
    fully_printed = mine[Feature.NAME_UNPRINTED] == 0 and its[Feature.NAME_UNPRINTED] > 0
    return best.score - other.score < (EQUAL_SCORE_WITHIN if fully_printed else RIVAL_SCORE_WITHIN)


def _candidates(
    product: int, likely: float, scored: _Scored | None, index: CatalogIndex, *, decided: bool
) -> tuple[MatchCandidate, ...]:
    """The product, then the others, which share what is left; siblings the line cannot part are equal.

    Once decided, perhaps by a code that parts what the words do not, the product has no equal.
    """
    listed = [(product, likely)]
    if scored is not None:
        family = int(index.family[product])
        fit = scored.row_of(product)
        others = [ranked for ranked in scored.ranking.products if ranked.product != product]
        top = max((ranked.score for ranked in others), default=0.0)
        total = sum(exp(ranked.score - top) for ranked in others if ranked.family != family)
        for ranked in others:
            is_equal = not decided and fit is not None and ranked.size_fit is fit.size_fit
            if ranked.family == family and is_equal:
                listed.append((ranked.product, likely))
            elif ranked.family != family:
                share = exp(ranked.score - top) / total
                listed.append((ranked.product, min(likely, (1.0 - likely) * share)))
            else:
                listed.append((ranked.product, min(likely, (1.0 - likely) * SIZE_CONFLICT_FACTOR)))
    listed[1:] = sorted(listed[1:], key=lambda pair: -pair[1])
    return tuple(
        MatchCandidate(sku=index.catalog.products[number].sku, probability=round(value, 4))
        for number, value in listed[:MOST_CANDIDATES]
    )


def _answer(
    line: Line,
    verdict: MatchVerdict,
    product: int,
    likely: float,
    reason: MatchReason,
    scored: _Scored | None,
    index: CatalogIndex,
) -> Match:
    chosen = index.catalog.products[product]
    return Match(
        position=line.position,
        verdict=verdict,
        sku=chosen.sku,
        gtin=chosen.gtin,
        probability=round(likely, 4),
        reason=reason,
        candidates=_candidates(product, likely, scored, index, decided=verdict is MatchVerdict.ACCEPT),
    )


def _accept(
    line: Line, product: int, likely: float, reason: MatchReason, scored: _Scored | None, index: CatalogIndex
) -> Match:
    return _answer(line, MatchVerdict.ACCEPT, product, likely, reason, scored, index)


def _ask(
    line: Line, product: int, likely: float, reason: MatchReason, scored: _Scored | None, index: CatalogIndex
) -> Match:
    return _answer(line, MatchVerdict.ASK, product, likely, reason, scored, index)


def _none(
    line: Line,
    reason: MatchReason,
    product: int | None = None,
    likely: float = 0.0,
    scored: _Scored | None = None,
    index: CatalogIndex | None = None,
) -> Match:
    if product is not None and index is not None and likely >= NEAR_MIN:
        return _answer(line, MatchVerdict.NONE, product, likely, reason, scored, index)
    return Match(line.position, MatchVerdict.NONE, None, None, round(likely, 4), reason, ())
