"""What reviewers confirmed at one shop, and what follows for a line printed there.

Nothing here knows a database: the book is handed in, as it stood at one event (`LearnedNames.version`), so
that an old answer can be worked out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain
from types import MappingProxyType
from typing import Any, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from matching.gtin import read_code
from matching.line_filter import is_not_product
from matching.sizes import Size
from matching.text import NormalText, normalise
from matching.variants import VARIANTS
from receipts.learned import Choice, Print, PrintKind
from receipts.money import Money
from receipts.serial import without_serials

# Fewer letters stand for too many products, even within one shop: docs/decisions/0017 has the table.
FEWEST_LETTERS = 6
# One word alone has to be this long: CEREAL and YOGURT are kinds of things, not products.
LONE_WORD_LETTERS = 9
# Item numbers of fewer digits are departments and cash desks; of more, no till prints.
SHORTEST_NUMBER_DIGITS = 4
LONGEST_NUMBER_DIGITS = 14
_WEIGHED_DIGITS = 11
_LEAST_QUANTITY = Decimal("0.001")
LONGEST_KEY_CHARACTERS = 200
# A print this near to a confirmed one is that print with a smudge (field: right in 99.9 % of hits).
NEAR_SIMILARITY = 0.85
MOST_EDITS = 2
# Shorter words are told apart by each letter: a till cuts the flavour down to one.
SMUDGED_WORD_LETTERS = 3
_NEAREST = 6
# Share of the confirmations that one answer needs where they disagree: what a match by words needs as well.
MAJORITY_SHARE = 0.9

# What tills print of a department or of goods that they do not name. Several languages: see docs/locales.md.
_GENERAL_WORDS = """
ITEM ITEMS GROCERY GROCERIES GROC DEPT DEPARTMENT DEP MISC MISCELLANEOUS GENERAL MERCHANDISE MERCH GEN
GM PRODUCE DAIRY FROZEN BAKERY DELI MEAT SEAFOOD FLORAL HBA HBC HEALTH BEAUTY NON NONFOOD FOOD FOODS
TAXABLE TAXED TAX NONTAX NOTAX SALE SALES PRODUCT PRODUCTS ARTICLE MANUAL ENTRY OPEN PLU SKU UPC CODE
NO NR NUM NUMBER EACH REG REGULAR PRICE PRICED UNKNOWN OTHER VARIOUS GOODS STORE SHOP BRAND HOUSEHOLD
BEVERAGE BEVERAGES DRINK DRINKS SNACK SNACKS CANDY GIFT PHARMACY CLOTHING APPAREL HARDWARE TOYS
ARTIKEL WARE WAREN WARENGRUPPE LEBENSMITTEL FOODARTIKEL NONFOODARTIKEL GETRAENKE GETRANKE DIVERSES
DIVERSE SONSTIGES OBST GEMUSE GEMUESE FLEISCH BACKWAREN MOLKEREI TIEFKUHL
EPICERIE DIVERS ARTICLES ALIMENTATION BOISSONS FRUITS LEGUMES VIANDE RAYON
ARTICULO ARTICULOS VARIOS ALIMENTACION BEBIDAS FRUTAS VERDURAS CARNE SECCION
ARTICOLO REPARTO VARIE ALIMENTARI BEVANDE FRUTTA VERDURA CARNI
"""
_GENERAL = frozenset(_GENERAL_WORDS.split())


def _size_key(size: Size) -> str:
    parts = sorted(f"{measure.value:g}{measure.kind.value.replace(' ', '')}" for measure in size.measures)
    if size.packs is not None:
        parts.append(f"{size.packs}pk")
    if size.pieces is not None:
        parts.append(f"{size.pieces}ct")
    return "+".join(parts)


def _words_key(text: NormalText) -> str | None:
    """The words and the size, or None where they say too little to be a product's name."""
    telling = [word for word in text.words if word not in _GENERAL and not word.isdigit()]
    letters = [sum(character.isalpha() for character in word) for word in telling]
    if sum(letters) < FEWEST_LETTERS or (len(telling) == 1 and letters[0] < LONE_WORD_LETTERS):
        return None
    key = f"{text.key} {_size_key(text.size)}"
    return key if len(key) <= LONGEST_KEY_CHARACTERS else None


def _number_key(code: str | None) -> str | None:
    """The printed number in one form; None for what changes with the price, and for what names no item."""
    if code is None:
        return None
    digits = "".join(character for character in code if character.isdigit())
    plain = all(character.isdigit() or character in " -." for character in code)
    if not plain or not digits.isascii() or not digits.lstrip("0"):
        return None
    if not SHORTEST_NUMBER_DIGITS <= len(digits) <= LONGEST_NUMBER_DIGITS:
        return None
    # With its check digit cut or not: 2 and 02 begin what the shop weighs, with the price inside.
    weighed = len(digits) >= _WEIGHED_DIGITS and digits.lstrip("0").startswith("2")
    return None if weighed or read_code(code).reserved is not None else digits


def prints_of(description: str, code: str | None) -> tuple[Print, ...]:
    """By what a line may be known again: none for what is no product, or printed too generally."""
    named = without_serials(description)
    if is_not_product(named.rest):
        return ()
    text = normalise(named.rest)
    number = _number_key(code or text.code)
    # A serial number is one piece's: under it nothing would ever be known again.
    words, number = _words_key(text), None if number in named.serials else number
    found = [] if words is None else [Print(PrintKind.WORDS, words)]
    return (*found, *(() if number is None else (Print(PrintKind.NUMBER, number),)))


def unit_price(amount: Money | None, quantity: Decimal | None) -> Money | None:
    """What one unit cost, before discounts; None where no price was read."""
    if amount is None:
        return None
    units = Decimal(1) if quantity is None or not quantity.is_finite() else abs(quantity)
    if units < _LEAST_QUANTITY:  # of nothing, or of next to nothing, says nothing of the price of one
        units = Decimal(1)
    return Money(int((abs(amount.minor) / units).to_integral_value()), amount.currency)


_Worked = TypeVar("_Worked")


@dataclass(frozen=True, slots=True)
class Known:
    """What a line's print is known as.

    Attributes:
        choices: most confirmed first; several where reviewers did not agree.
        prints: what the line was known by.
        by_print: what was confirmed for each of them alone.
        exact: the print is that of the confirmations, letter for letter.
    """

    choices: tuple[Choice, ...]
    prints: tuple[Print, ...]
    by_print: tuple[tuple[Choice, ...], ...]
    exact: bool

    @property
    def kinds(self) -> frozenset[PrintKind]:
        """Whether the words, the number or both are known."""
        return frozenset(each.kind for each in self.prints)

    @property
    def agreed(self) -> Choice | None:
        """The choice that counts; None while reviewers disagree and none has a clear majority.

        Words and number must each agree on it: a till that cuts names prints two sizes alike, and then the
        words of the one, confirmed often, would outvote the number of the other.
        """
        first = self.choices[0]
        agreed = all(_has_majority(first, each) for each in (self.choices, *self.by_print))
        return first if agreed else None


@dataclass(frozen=True, slots=True)
class LearnedNames:
    """All that was confirmed at one shop, as it stood at one event.

    Attributes:
        version: the number of the last event that it knows of; 0 before the first.
        choices: print -> what it was confirmed as.
    """

    version: int
    choices: Mapping[Print, tuple[Choice, ...]]
    _by_size: dict[str, list[str]] = field(default_factory=dict, compare=False, repr=False)
    _worked_out: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, version: int, pairs: Iterable[tuple[Print, Choice]]) -> LearnedNames:
        """The book of these choices."""
        found: dict[Print, list[Choice]] = {}
        for key, choice in pairs:
            found.setdefault(key, []).append(choice)
        by_size: dict[str, list[str]] = {}
        for key in found:
            if key.kind is PrintKind.WORDS:
                by_size.setdefault(key.key.rpartition(" ")[2], []).append(key.key)
        return cls(version, MappingProxyType({key: _ordered(each) for key, each in found.items()}), by_size)

    def __bool__(self) -> bool:
        return bool(self.choices)

    def once(self, key: str, work: Callable[[], _Worked]) -> _Worked:
        """What follows from the book for one catalog, worked out when first asked for."""
        if key not in self._worked_out:
            self._worked_out.clear()
            self._worked_out[key] = work()
        found: _Worked = self._worked_out[key]
        return found

    def find(self, description: str, code: str | None, *, smudged: bool = True) -> Known | None:
        """What the line was confirmed as; None where it was not.

        Args:
            description: the line as printed.
            code: digits printed beside it.
            smudged: look for prints that differ by a smudge, too, which takes longer the larger the book.
        """
        keys = prints_of(description, code)
        exact = tuple(key for key in keys if key in self.choices)
        if exact:
            by_print = tuple(self.choices[key] for key in exact)
            return Known(_merged(chain.from_iterable(by_print)), exact, by_print, exact=True)
        words = next((key for key in keys if smudged and key.kind is PrintKind.WORDS), None)
        near = None if words is None else self._near(words, normalise(description).words)
        if near is None:
            return None
        return Known(self.choices[near], (near,), (self.choices[near],), exact=False)

    def _near(self, wanted: Print, printed: Sequence[str]) -> Print | None:
        """The nearest print of that size, if all that are near are one product's; digits must be the same."""
        size = wanted.key.rpartition(" ")[2]
        same_size = self._by_size.get(size)
        if not same_size:
            return None
        found = process.extract(
            wanted.key,
            same_size,
            scorer=OSA.normalized_similarity,
            processor=None,
            score_cutoff=NEAR_SIMILARITY,
            limit=_NEAREST,
        )
        nearest = [
            near
            for near in (Print(PrintKind.WORDS, key) for key, _, _ in found)
            if is_smudged(printed, normalise(self.choices[near][0].printed).words)
        ]
        products = {choice.sku for each in nearest for choice in self.choices[each]}
        return nearest[0] if len(products) == 1 and None not in products else None


NOTHING_LEARNED = LearnedNames(0, MappingProxyType({}))


def _has_majority(first: Choice, choices: Sequence[Choice]) -> bool:
    own = sum(choice.count for choice in choices if choice.sku == first.sku)
    return own >= MAJORITY_SHARE * sum(choice.count for choice in choices)


def is_smudged(printed: Sequence[str], known: Sequence[str]) -> bool:
    """The words are the known ones but for a letter or two; digits, flavours and short words are the same."""
    if len(printed) != len(known):
        return "".join(printed) == "".join(known)
    edits = 0
    for word, other in zip(printed, known, strict=True):
        if word == other:
            continue
        edits += OSA.distance(word, other)
        short = min(len(word), len(other)) < SMUDGED_WORD_LETTERS
        if short or edits > MOST_EDITS or word in VARIANTS or not (word + other).isalpha():
            return False
    return True


def _ordered(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    return tuple(sorted(choices, key=lambda choice: (-choice.count, choice.sku or "")))


def _merged(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Words and number of one line: a product that both name counts by the more telling of them."""
    best: dict[str | None, Choice] = {}
    for choice in choices:
        held = best.get(choice.sku)
        if held is None:
            best[choice.sku] = choice
        else:
            more, less = (choice, held) if choice.count > held.count else (held, choice)
            best[choice.sku] = _widened(more, less)
    return _ordered(best.values())


def _widened(more: Choice, less: Choice) -> Choice:
    if more.lowest is None or more.highest is None:
        return replace(more, lowest=less.lowest, highest=less.highest)
    if less.lowest is None or less.highest is None or less.lowest.currency != more.lowest.currency:
        return more
    lowest = less.lowest if less.lowest.minor < more.lowest.minor else more.lowest
    highest = less.highest if less.highest.minor > more.highest.minor else more.highest
    return replace(more, lowest=lowest, highest=highest)
