"""One normaliser for printed lines and catalog names: what it does to one side it does to the other."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from matching.sizes import EMPTY_SIZE, Size, bare_size, extract_size

NORMALISER_VERSION = 3
# Longer runs of digits are a shop's article numbers, not words.
LONGEST_NUMBER_WORD_DIGITS = 3
# Long enough for any till's line and any catalog's name; beyond it text is hostile or a mistake.
LONGEST_TEXT_CHARACTERS = 300
_CACHED_SKELETONS = 200_000

_STOP_WORDS = frozenset(
    {"A", "AN", "AND", "THE", "OF", "IN", "WITH", "W", "FOR", "FROM", "BY", "TO", "ON", "N", "AT"}
    | {"DE", "LA", "LE", "LES", "DU", "DES", "ET", "EL", "LOS", "LAS", "Y", "EN", "CON"}
    | {"UND", "MIT", "DER", "DIE", "DAS", "EA", "LB", "OZ", "CT", "PK"}
)
_LETTER_FOLDS = str.maketrans(
    {"Æ": "AE", "Œ": "OE", "Ø": "O", "ß": "SS", "Ł": "L", "Đ": "D", "Þ": "TH", "™": " ", "®": " ", "©": " ",
     "’": "'", "‘": "'", "`": "'", "´": "'", "–": "-", "—": "-", "＃": "#"}
)  # fmt: skip
# Digits that engines confuse with letters. Only words that mix both are folded, on both sides alike: folding
# one side alone broke model numbers (top-1 0.71 against 0.82).
_LOOK_ALIKES = str.maketrans({"0": "O", "1": "I", "5": "S", "8": "B"})
_PRICE_TAIL = re.compile(
    r"(?:\s+|^)[$€£]?\s?-?\d{1,4}[.,]\d{2}-?(?:\s?[$€£])?(?:\s+(?!(?:OZ|LB|CT|PK|ML|CL|KG|GR|GM|FL|QT|PT|PC|L|G|Z)\b)[A-Z*]{1,2}){0,2}\s*$"
)
_EACH_PRICE = re.compile(r"@\s?[$€£]?\s?\d+[.,]\d{2}(?:\s?(?:EA|/\s?LB|/\s?KG))?")
_QUANTITY_PREFIX = re.compile(r"^\s*(?:QTY\s?:?\s?\d{1,3}|\d{1,3}\s?(?:@|[X*]\s|EA\s|PCS?\s))\s*(?=\S*[A-Z])")
_PER_CENT = re.compile(r"(\d+)\s?(?:%|PCT\b|PERCENT\b)")
# Looked for first: most lines hold none, and the expression costs ten times as much.
_PER_CENT_SIGNS = ("%", "PCT", "PERCENT")
_NOT_WORD = re.compile(r"[\W_]+")
_DIGIT_RUN = re.compile(r"\d+")
_CODE_RUN = re.compile(r"(?<![\d.,])(\d{8}|\d{10,14})(?![\d.,])")
# Tills without umlauts write AE for Ä and AA for Å; in shorter words the letters are mostly themselves.
_SPELLED_OUT = re.compile("([AOU])E|(A)A")
_SPELLED_OUT_LETTERS = 4
_VOWELS = frozenset("AEIOUY")


@dataclass(frozen=True, slots=True)
class NormalText:
    """A text in the form in which lines and names are compared.

    Attributes:
        words: capitals and digits, stop words out, in the order printed.
        leading_number: a bare number in front, which may be a quantity or part of the name (``7 UP``).
        code: a run of digits inside that is long enough for a barcode number.
        bare: where no size is printed, a number at the end that may be one without its unit.
        bare_words: the words that this number is.
    """

    words: tuple[str, ...]
    size: Size
    leading_number: str | None
    code: str | None
    bare: Size = EMPTY_SIZE
    bare_words: tuple[str, ...] = ()

    @property
    def said_size(self) -> Size:
        """The size, or the number that may be one."""
        return self.bare if self.size.is_empty else self.size

    @property
    def key(self) -> str:
        """Equal for texts that differ in spacing, case, accents, size and stop words only."""
        return "".join(self.words)

    @property
    def letters(self) -> int:
        """How many letters the words have."""
        joined = "".join(self.words)
        return len(joined) if joined.isalpha() else sum(map(str.isalpha, joined))


def fold(text: str) -> str:
    """Capitals without accents; letters of other scripts stay."""
    upper = text[:LONGEST_TEXT_CHARACTERS].upper().translate(_LETTER_FOLDS)
    if upper.isascii():
        return upper
    decomposed = unicodedata.normalize("NFKD", upper)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).upper()


def _words(text: str) -> list[str]:
    if any(sign in text for sign in _PER_CENT_SIGNS):
        text = _PER_CENT.sub(r"\1PCT ", text)
    words = []
    for word in _NOT_WORD.split(text.replace("'", "")):
        if not word or word in _STOP_WORDS:
            continue
        if word.isalpha():
            words.append(word)
        elif word.isdigit():
            if len(word) <= LONGEST_NUMBER_WORD_DIGITS:
                words.append(word)
        elif any(len(run) > LONGEST_NUMBER_WORD_DIGITS for run in _DIGIT_RUN.findall(word)):
            continue
        else:
            words.append(word.translate(_LOOK_ALIKES))
    return words


def _leading_number(words: list[str]) -> str | None:
    return words[0] if len(words) > 1 and words[0].isdigit() else None


def normalise(text: str) -> NormalText:
    """The text in comparable form: folded, price and flag tail and quantity prefix off, size taken out."""
    folded = fold(text)
    code = _CODE_RUN.search(folded)
    unpriced = _EACH_PRICE.sub(" ", _PRICE_TAIL.sub("", folded))
    size, rest = extract_size(_QUANTITY_PREFIX.sub("", unpriced))
    words = _words(rest)
    bare, bare_words = bare_size(rest if size.is_empty and len(words) > 1 else "")
    return NormalText(
        words=tuple(words),
        size=size,
        leading_number=_leading_number(words),
        code=None if code is None else code.group(1),
        bare=bare,
        bare_words=bare_words,
    )


def normalise_name(text: str) -> NormalText:
    """A catalog name in comparable form. A name that is all size or code keeps what it says as words."""
    normal = normalise(text)
    if normal.words:
        return normal
    words = tuple(word for word in _NOT_WORD.split(fold(text)) if word)
    return NormalText(words=words, size=EMPTY_SIZE, leading_number=None, code=None)


def bare_vowels(word: str) -> str:
    """The word as it folds where its maker writes Ä, Ö, Ü, Å, Ø or Æ: ``KAESE`` as ``KASE``."""
    return _SPELLED_OUT.sub(lambda found: found[0][0], word) if len(word) >= _SPELLED_OUT_LETTERS else word


@lru_cache(maxsize=_CACHED_SKELETONS)
def skeleton(word: str) -> str:
    """First letter and consonants, doubles collapsed: ``FROSTED`` and ``FRSTD`` are both ``FRSTD``."""
    kept = [word[0]]
    for character in word[1:]:
        if character not in _VOWELS and character != kept[-1]:
            kept.append(character)
    return "".join(kept)
