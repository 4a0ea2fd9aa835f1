"""The words of several packs as one: what every page may hold, and what only pages of some languages do."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from ocr.locales.elsewhere import SIGNS
from ocr.locales.load import load_packs, plain
from ocr.locales.pack import TOPICS, Order, Pack
from ocr.locales.wordset import WordSet

NO_LANGUAGE: Final = frozenset({"mul", "mis"})
"""Words of all languages and of languages without a pack: they speak for no country."""
KNOWN_TOPICS: Final = (
    "final_total", "total", "subtotal", "tax", "rounding", "service", "payment", "change", "filler",
)  # fmt: skip
"""A label made up of these words mostly is about sums, whatever it begins with."""
TITLE_TOPICS: Final = frozenset(
    {"refund_title", "refund_tender", "void_title", "declined_title", "unpaid_title", "training_title",
     "title_filler", "refund_of"}
)  # fmt: skip
"""Looked for as whole rows on pages of any language: they tell what a slip is, not which language it is."""
SILENT_TOPICS: Final = TITLE_TOPICS | {"staff", "staff_marked", "till"}
"""Topics whose words tell no language."""
MIN_GLUED_LETTERS: Final = 6
"""Shorter words are parts of others by chance: PANT of PANTENE."""
SHORT_MONTH_LETTERS: Final = 3
_WORD: Final = re.compile(r"[A-Z]+")
_NO_LETTER: Final = re.compile(r"[^A-Z0-9]+")
MIN_TELLING_LETTERS: Final = 3
MIN_LONG_LETTERS: Final = 7
"""Shorter words are one misread letter away from too many others."""


class Vocabulary:
    """Words by topic (`ocr.locales.pack.TOPICS`), of the languages that a page is in.

    Attributes:
        months: the number of each month's name, in small letters without accents.
        month_first: names of months that stand before the day.
        rates: of taxes, in percent.
        letters: that tills print for rates.
    """

    def __init__(
        self,
        topics: Mapping[str, Collection[str]],
        months: Mapping[str, int],
        rates: frozenset[Decimal],
        letters: frozenset[str],
        month_first: frozenset[str] = frozenset(),
    ) -> None:
        self.months: Final = months
        self.rates: Final = rates
        self.letters: Final = letters
        self.month_first: Final = month_first
        self._sets: Final = {topic: WordSet(topics.get(topic, ())) for topic in TOPICS}

    def __getitem__(self, topic: str) -> WordSet:
        return self._sets[topic]

    def says(self, topic: str, text: str) -> bool:
        """Whether a printed text holds a word of the topic: whole, or glued where the word is long."""
        letters = plain(text).upper()
        squashed = _NO_LETTER.sub("", letters)
        words = self[topic]
        return any(token in words for token in _WORD.findall(letters)) or any(
            len(word) >= MIN_GLUED_LETTERS for _, word in words.all_in(squashed)
        )

    @cached_property
    def known(self) -> WordSet:
        """Every word that a row of sums is made of."""
        return WordSet(word for topic in KNOWN_TOPICS for word in self[topic].words)

    @cached_property
    def long_payments(self) -> tuple[str, ...]:
        """Means of payment long enough to be known with a letter misread."""
        return tuple(sorted(word for word in self["payment"].words if len(word) >= MIN_LONG_LETTERS))


class Locales:
    """Packs in use together. One is made at import; programs with files of their own make another."""

    def __init__(self, packs: Mapping[str, Pack]) -> None:
        self.packs: Final = dict(packs)
        self._made: dict[frozenset[str], Vocabulary] = {}

    def with_folder(self, folder: Path) -> Locales:
        """These packs and those of a folder, which may extend or replace them.

        Raises:
            LocaleError: a file of the folder is wrong.
        """
        return Locales({**self.packs, **load_packs(folder, self.packs)})

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """How currencies are printed, the longest first."""
        of_packs = {sign for pack in self.packs.values() for sign in pack.money.signs}
        return tuple(sorted(of_packs | SIGNS.keys(), key=lambda s: (-len(s), s)))

    @cached_property
    def units(self) -> tuple[str, ...]:
        """What goods are counted, weighed and measured in, the longest first."""
        held = [pack.units for pack in self.packs.values()]
        names = {name for units in held for name in (*units.weight, *units.volume, *units.piece, *units.fuel)}
        return tuple(sorted(names, key=lambda name: (-len(name), name)))

    @cached_property
    def languages(self) -> frozenset[str]:
        """Codes of the languages that have words here."""
        return frozenset(pack.language for pack in self.packs.values()) - NO_LANGUAGE

    @cached_property
    def countries(self) -> tuple[Pack, ...]:
        """Packs that a page can be of."""
        return tuple(pack for pack in self.packs.values() if pack.is_country)

    def vocabulary(self, languages: frozenset[str] | None = None) -> Vocabulary:
        """Words known everywhere, with the local ones of these languages; of all where None."""
        active = self.languages if languages is None else languages & self.languages
        if active not in self._made:
            self._made[active] = self._make(active)
        return self._made[active]

    def _make(self, active: frozenset[str]) -> Vocabulary:
        topics: dict[str, set[str]] = {}
        for pack in self.packs.values():
            for topic, words in pack.words.items():
                topics.setdefault(topic, set()).update(words)
            if pack.language in active:
                for topic, words in pack.local_words.items():
                    topics.setdefault(topic, set()).update(words)
        taxes = [pack.tax for pack in self.packs.values()]
        return Vocabulary(
            topics,
            self._months_of(active),
            frozenset(rate for tax in taxes for rate in tax.rates if rate),
            frozenset(letter for tax in taxes for letter in tax.letters),
            self.month_first_names,
        )

    def _months_of(self, active: frozenset[str]) -> dict[str, int]:
        """Names of months; short ones of other languages are words of goods here (set, out, mag)."""
        own = active | {
            pack.language for pack in self.packs.values() if pack.dates.order is Order.MONTH_FIRST
        }
        return {
            name: number
            for pack in self.packs.values()
            for number, names in enumerate(pack.dates.months, start=1)
            for name in names
            if len(name) > SHORT_MONTH_LETTERS or pack.language in own
        }

    @cached_property
    def month_first_names(self) -> frozenset[str]:
        """Names of months in countries that write the month before the day."""
        packs = [pack for pack in self.packs.values() if pack.dates.order is Order.MONTH_FIRST]
        return frozenset(name for pack in packs for names in pack.dates.months for name in names)

    @cached_property
    def speakers(self) -> Mapping[str, frozenset[str]]:
        """For each word that tells a language: the languages that have it."""
        found: dict[str, set[str]] = {}
        for pack in self.packs.values():
            if pack.language in NO_LANGUAGE:
                continue
            for table in (pack.words, pack.local_words):
                for words in (held for topic, held in table.items() if topic not in SILENT_TOPICS):
                    for word in words:
                        if len(word) >= MIN_TELLING_LETTERS:
                            found.setdefault(word, set()).add(pack.language)
        for code in NO_LANGUAGE & self.packs.keys():
            for words in self.packs[code].words.values():
                for word in words:
                    found.pop(word, None)
        return {word: frozenset(languages) for word, languages in found.items()}


@cache
def locales_of(folder: Path | None) -> Locales:
    """The built-in packs, with those of a program's own folder.

    Raises:
        LocaleError: a file of the folder is wrong.
    """
    return BUILT_IN if folder is None else BUILT_IN.with_folder(folder)


BUILT_IN: Final = Locales(load_packs(Path(__file__).parent))
"""The packs that come with the reader."""
EVERY_LANGUAGE: Final = BUILT_IN.vocabulary()
