"""One line's verdict: codes first, then known prints, then words; the first stage that can decide does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from matching.answers import SIZE_CONFLICT_FACTOR, Case, Line
from matching.feature_names import Feature
from matching.gtin import Reserved
from matching.index import SIZE_FITS, CatalogIndex
from matching.line_filter import is_beside_an_item, is_not_product
from matching.scored import Scored
from matching.sizes import SizeFit, compare
from matching.text import NormalText
from matching.thresholds import ACCEPT_MIN
from receipts.identity import Gtin
from receipts.match import Match, MatchReason

# Without a printed brand the price must fit (`Feature.PRICE_CLOSE`; 0.5 is about a fifth away).
UNBRANDED_PRICE_CLOSE_MIN = 0.5
# Fewer letters stand for too many products to be believed without a code: one word of so few is not even
# asked about (``MX`` had 0.88 against the sample catalog), and two need a person.
FEWEST_LETTERS = 6
FEWEST_WORDS = 2
# No more than this is known from such a word: it is not asked about.
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
# Another whole code is right only if the code was misread.
UNKNOWN_CODE_FACTOR = 0.3
# Rank scores this close, with the line as well explained, are the same to the eye.
EQUAL_SCORE_WITHIN = 0.3
# The same where the best's name is not printed whole: then only its length or price speaks for it.
RIVAL_SCORE_WITHIN = 1.5
EQUAL_COVER_WITHIN = 0.02
# Share of the printed words that another name holds, from which the line may be that name cut short.
CUT_COVER = 0.98
_CONFLICT, _AGREE = SIZE_FITS.index(SizeFit.CONFLICT), SIZE_FITS.index(SizeFit.AGREE)


@dataclass(frozen=True, slots=True)
class Named:
    """What a line names outright.

    Attributes:
        certain: products of the printed number.
        possible: the same if the till cut it.
        by_sku: the same as an article number.
        exact: entries whose words the line has, letter for letter.
    """

    certain: list[int]
    possible: list[int]
    by_sku: list[int]
    exact: list[int]


def named_by(line: Line, index: CatalogIndex) -> Named:
    """Looked up by number and by text."""
    certain = _products(line.code.certain, index)
    return Named(
        certain=certain,
        possible=[] if certain else _products(line.code.possible, index),
        by_sku=[] if line.printed_code is None else index.products_of_code(line.printed_code),
        exact=_exact_entries(line.text, index),
    )


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


def decide(case: Case, named: Named) -> Match:
    """The verdict on one line."""
    line, scored, exact = case.line, case.scored, named.exact
    # Total is a brand, too: its barcode number decides. A coupon prints the number of what it is for.
    says_nothing = is_beside_an_item if named.certain else is_not_product
    if line.code.reserved is Reserved.COUPON or says_nothing(line.description):
        return case.none(MatchReason.NOT_A_PRODUCT)
    if named.certain:
        return _by_certain_code(case, named.certain)
    agreeing = [product for product in named.possible if _words_agree(product, scored)]
    if len(agreeing) == 1:
        return case.accept(agreeing[0], CUT_CODE_PROBABILITY, MatchReason.GTIN)
    trusted = [product for product in named.by_sku if _is_long_sku(line) or _words_agree(product, scored)]
    if len(trusted) == 1:
        return case.accept(trusted[0], CODE_PROBABILITY, MatchReason.SKU)
    if scored is None:
        return case.none(MatchReason.NO_CANDIDATE)
    if exact and not line.code.certain and line.text.letters >= FEWEST_LETTERS:
        return _by_exact_text(case, exact, scored)
    if not exact and line.text.letters < FEWEST_LETTERS and len(line.text.words) < FEWEST_WORDS:
        likely = min(scored.probability, FEW_LETTERS_PROBABILITY)
        return case.none(MatchReason.NO_CANDIDATE, scored.products[0], likely)
    return _by_words(case, scored)


def _products(gtins: tuple[Gtin, ...], index: CatalogIndex) -> list[int]:
    return list(dict.fromkeys(product for gtin in gtins for product in index.products_of_gtin(gtin)))


def _words_agree(product: int, scored: Scored | None) -> bool:
    if scored is None:
        return False
    place = scored.place_of(product)
    conflict = place is None or scored.fits[place] is SizeFit.CONFLICT
    return not conflict and scored.cover_of(product) >= AGREEING_COVER


def _is_long_sku(line: Line) -> bool:
    printed = (line.printed_code or "").strip()
    long_enough = LONG_NUMBER_SKU_DIGITS if printed.isdigit() else LONG_SKU_CHARACTERS
    return len(printed) >= long_enough


def _by_certain_code(case: Case, products: list[int]) -> Match:
    product, scored = products[0], case.scored
    if len(products) > 1:
        return case.ask(product, 1.0 / len(products), MatchReason.AMBIGUOUS)
    if scored is not None:
        place = scored.place_of(product)
        other = scored.families[0] != int(case.index.family[product]) and scored.probability >= ACCEPT_MIN
        contradicted = other and scored.cover_of(product) < AGREEING_COVER
        if contradicted or (place is not None and scored.fits[place] is SizeFit.CONFLICT):
            return case.ask(product, 0.5, MatchReason.CODE_DISAGREES)
    return case.accept(product, CODE_PROBABILITY, MatchReason.GTIN)


def _by_exact_text(case: Case, entries: list[int], scored: Scored) -> Match:
    """The line is word for word what the catalog says: the size decides, or nobody does."""
    index, size = case.index, case.line.text.size
    sizes = {entry: compare(size, index.entries.sizes[index.entries.size[entry]]) for entry in entries}
    fitting = [entry for entry in entries if sizes[entry] is not SizeFit.CONFLICT]
    agreeing = [entry for entry in fitting if sizes[entry] is SizeFit.AGREE] or fitting
    same = {int(index.product_of_entry[entry]) for entry in agreeing}
    products = [product for product in scored.products if product in same]
    is_alias = any(index.entries.is_alias[entry] for entry in agreeing or entries)
    known = ALIAS_PROBABILITY if is_alias else NAME_PROBABILITY
    if not products:
        product = int(index.product_of_entry[entries[0]])
        return case.ask(product, known * SIZE_CONFLICT_FACTOR, MatchReason.SIZE_CONFLICT)
    if not is_alias and _may_be_cut(products[0], scored, index):
        return _by_words(case, scored)
    if len(products) > 1:
        families = {int(index.family[product]) for product in products}
        return case.ask(products[0], known / len(families), MatchReason.AMBIGUOUS)
    reason = MatchReason.ALIAS if is_alias else MatchReason.TEXT
    if known < case.thresholds.accept_min:
        return case.ask(products[0], known, reason)
    return case.accept(products[0], known, reason)


def _may_be_cut(product: int, scored: Scored, index: CatalogIndex) -> bool:
    """A longer name holds all printed words too: a till that cuts lines prints both alike."""
    family = int(index.family[product])
    return any(
        other != family
        and scored.fits[place] is not SizeFit.CONFLICT
        and scored.value(place, Feature.LINE_COVERED) >= CUT_COVER
        for place, other in enumerate(scored.families)
    )


def _by_words(case: Case, scored: Scored) -> Match:
    line, index = case.line, case.index
    likely, product, ask_min = scored.probability, scored.products[0], case.thresholds.ask_min
    if line.code.certain and index.gtin_at(product) is not None:
        # The printed number is whole and another product's; the words alone must not pay.
        likely *= UNKNOWN_CODE_FACTOR
        if likely >= ask_min * UNKNOWN_CODE_FACTOR:
            return case.ask(product, likely, MatchReason.CODE_DISAGREES)
        return case.none(MatchReason.NO_CANDIDATE, product, likely)
    if scored.fits[0] is SizeFit.CONFLICT:
        known = likely * SIZE_CONFLICT_FACTOR
        if likely >= ask_min:
            return case.ask(product, known, MatchReason.SIZE_CONFLICT)
        return case.none(MatchReason.NO_CANDIDATE, product, known)
    if likely < ask_min or (likely < ACCEPT_MIN and _is_foreign(scored)):
        return case.none(MatchReason.NO_CANDIDATE, product, likely)
    if _is_ambiguous(line, scored, index):
        return case.ask(product, likely, MatchReason.AMBIGUOUS)
    if not _may_accept(case, scored):
        return case.ask(product, likely, MatchReason.TEXT)
    return case.accept(product, likely, MatchReason.TEXT)


def _is_foreign(scored: Scored) -> bool:
    """A printed word stands for nothing in the product and its brand is not printed: another maker's line."""
    return scored.value(0, Feature.BRAND_MISSING) > 0 and scored.has_unmatched


def _may_accept(case: Case, scored: Scored) -> bool:
    """The words may pay: enough letters, each word explained, nothing for another, brand or price right."""
    if case.line.text.letters < FEWEST_LETTERS or scored.has_unmatched or scored.is_other:
        return False
    unbranded = scored.value(0, Feature.BRAND_MISSING) > 0
    # Nor is a number without a unit sure to be a size.
    by_price = unbranded or case.line.text.said_size.is_bare
    if by_price and scored.value(0, Feature.PRICE_CLOSE) < UNBRANDED_PRICE_CLOSE_MIN:
        return False
    wanted = case.thresholds.unbranded_accept_min if unbranded else case.thresholds.accept_min
    return scored.probability >= wanted


def _is_ambiguous(line: Line, scored: Scored, index: CatalogIndex) -> bool:
    """Another product fits the print as well: a sibling the size does not tell apart, or other words."""
    members = index.family_members(scored.families[0])
    if len(members) > 1:
        fits = index.size_fits([line.text.said_size], index.products.entry_start[members][None, :])
        # A number without a unit speaks for the sizes that it is, and against none.
        by_number = line.text.said_size.is_bare and scored.fits[0] is SizeFit.AGREE
        alike = fits == _AGREE if by_number else fits != _CONFLICT
        if np.count_nonzero(alike) > 1:
            return True
    return bool(rivals(scored))


def rivals(scored: Scored) -> list[int]:
    """Places of products of other words that the print fits as well as the first: it must not decide."""
    close = takewhile(lambda score: scored.scores[0] - score < RIVAL_SCORE_WITHIN, scored.scores[1:])
    return [place for place, _ in enumerate(close, start=1) if _explains_as_well(place, scored)]


def _explains_as_well(place: int, scored: Scored) -> bool:
    """The other family covers the print as the best does, and no printed word speaks for the best alone."""
    if scored.families[place] == scored.families[0] or scored.fits[place] is not scored.fits[0]:
        return False
    behind = scored.scores[0] - scored.scores[place]
    cover = scored.value(0, Feature.LINE_COVERED)
    if scored.value(place, Feature.LINE_COVERED) < cover - EQUAL_COVER_WITHIN:
        return False
    # A name that is printed whole is meant, whatever longer name holds the same words.
    whole = scored.value(0, Feature.NAME_UNPRINTED) == 0 and scored.value(place, Feature.NAME_UNPRINTED) > 0
    return behind < (EQUAL_SCORE_WITHIN if whole else RIVAL_SCORE_WITHIN)
