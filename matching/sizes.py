"""Sizes and pack counts: found in text, brought to canonical quantities, compared."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

FLUID_OUNCE_ML = 29.5735
OUNCE_G = 28.3495
OUNCES_PER_POUND = 16.0
FLUID_OUNCES = {"GAL": 128.0, "QT": 32.0, "PT": 16.0}
DOZEN = 12
# 15 OZ and 15.25 OZ are two products, so the same system of units must agree closely.
SAME_UNITS_TOLERANCE = 0.005
# Packages round: 33.8 FL OZ is sold as 1 L, 10.5 OZ as 298 G, 20 FL OZ as 590 ML.
OTHER_UNITS_TOLERANCE = 0.015
# 120Z is 12OZ with a misread O; 20Z may be either and stays 20 (a conflict is asked, not accepted).
MISREAD_OZ_FROM = 100
# No package holds more pieces; beyond it a number before CT is a misread.
MOST_PIECES = 2000
_CACHED_MEASURES = 4000


class Kind(Enum):
    """A canonical unit. A bare OZ may mean weight or volume: tills do not say."""

    OUNCE = "oz"
    FLUID_OUNCE = "fl oz"
    GRAM = "g"
    MILLILITRE = "ml"
    UNSAID = "unsaid"
    """A number where tills print sizes, without its unit."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A weight or volume in a canonical unit."""

    value: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Size:
    """What a text says about size; empty where it says nothing.

    Attributes:
        measures: of one piece, or of the whole where no count is given; several when one is a translation.
        packs: units bundled together (``6X12OZ``, ``12 PK``).
        pieces: things inside (``18 CT``).
    """

    measures: tuple[Measure, ...] = ()
    packs: int | None = None
    pieces: int | None = None

    @property
    def is_empty(self) -> bool:
        """The text says nothing of size."""
        return not self.measures and self.count is None

    @property
    def is_bare(self) -> bool:
        """A number alone, which may be a size or anything else."""
        return bool(self.measures) and self.measures[0].kind is Kind.UNSAID

    @property
    def count(self) -> int | None:
        """Packs times pieces; None when neither is said or it is one."""
        total = (self.packs or 1) * (self.pieces or 1)
        return total if total > 1 else None


EMPTY_SIZE = Size()


class SizeFit(Enum):
    """How a printed size stands to a product's."""

    AGREE = "agree"
    CONFLICT = "conflict"
    LINE_ONLY = "line_only"
    PRODUCT_ONLY = "product_only"
    NEITHER = "neither"


_UNIT_WORDS: dict[str, tuple[Kind, float]] = {
    **dict.fromkeys(("OZ", "0Z", "OZS", "OUNCE", "OUNCES", "Z"), (Kind.OUNCE, 1.0)),
    **dict.fromkeys(("LB", "LBS", "POUND", "POUNDS", "#"), (Kind.OUNCE, OUNCES_PER_POUND)),
    **dict.fromkeys(("FLOZ", "FL0Z", "FZ", "FLZ"), (Kind.FLUID_OUNCE, 1.0)),
    **dict.fromkeys(("GAL", "GALLON", "GALLONS"), (Kind.FLUID_OUNCE, FLUID_OUNCES["GAL"])),
    **dict.fromkeys(("QT", "QUART", "QUARTS"), (Kind.FLUID_OUNCE, FLUID_OUNCES["QT"])),
    **dict.fromkeys(("PT", "PINT", "PINTS"), (Kind.FLUID_OUNCE, FLUID_OUNCES["PT"])),
    **dict.fromkeys(("L", "LT", "LTR", "LITER", "LITERS", "LITRE", "LITRES"), (Kind.MILLILITRE, 1000.0)),
    "CL": (Kind.MILLILITRE, 10.0),
    "ML": (Kind.MILLILITRE, 1.0),
    **dict.fromkeys(("KG", "KILO"), (Kind.GRAM, 1000.0)),
    **dict.fromkeys(("G", "GR", "GM", "GRAM", "GRAMS"), (Kind.GRAM, 1.0)),
}
_PACK_WORDS = frozenset({"PK", "PKS", "PACK", "PACKS", "PCK", "PAK"})
_PIECE_WORDS: dict[str, int] = {
    **dict.fromkeys(("CT", "CNT", "COUNT", "PC", "PCS", "PIECE", "PIECES", "EA", "RL", "ROLL", "ROLLS"), 1),
    **dict.fromkeys(("DZ", "DOZ", "DOZEN"), DOZEN),
}
_ALONE: dict[str, str] = dict.fromkeys(("GAL", "GALLON", "DOZ", "DOZEN", "QT", "QUART", "PT", "PINT"), "1")


def _alternatives(words: object) -> str:
    return "|".join(sorted((re.escape(str(word)) for word in words), key=len, reverse=True))  # type: ignore[attr-defined]


_MEASURE_UNIT = r"(?:FL\.?\s?[O0]Z|" + _alternatives(_UNIT_WORDS) + ")"
_COUNT_UNIT = _alternatives([*_PACK_WORDS, *_PIECE_WORDS])
_FRACTION = r"[1-3]\s?/\s?[2-4](?!\d)"
_NUMBER = rf"(?:{_FRACTION}|HALF|\d*\.\d+|\d+(?:[.,]\d{{1,3}})?)"
_BEFORE = r"(?<![A-Z0-9.,/])"
_AFTER = r"(?![A-Z0-9])"
_SIZE = re.compile(
    # 6X12OZ, 24/12OZ, 6-12 OZ
    rf"{_BEFORE}(?!{_FRACTION})(?P<times>\d{{1,3}})\s?[X*/\-]\s?(?P<each>{_NUMBER})\s?-?(?P<each_unit>{_MEASURE_UNIT}){_AFTER}"
    # 12OZ X 6
    rf"|{_BEFORE}(?P<value>{_NUMBER})\s?-?(?P<unit>{_MEASURE_UNIT})\.?(?:\s?X\s?(?P<of>\d{{1,3}}){_AFTER}|{_AFTER})"
    rf"|{_BEFORE}(?P<count>{_NUMBER})\s?-?(?P<count_unit>{_COUNT_UNIT})\.?{_AFTER}"
    rf"|(?<=[A-Z0-9]\s)(?P<alone>{_alternatives(_ALONE)}){_AFTER}"
)
# A digit that the engine read as a letter, where a unit right behind it gives it away: I2OZ, 1OOCT.
_MISREAD_NUMBER = re.compile(
    rf"{_BEFORE}(?=[OILSB]*\d)([0-9OILSB]{{1,4}})(?=\s?(?:[O0]Z|LB|CT|PK|ML|FL\s?OZ){_AFTER})"
)
# Tills that cut a name to make room for its size print no space between them: CHILES11OZ, SCE/18OZ, C5OZ. One
# letter alone may be a misread digit. One digit and a unit of one letter are left, but for Z: 4G and 2L end
# words.
_GLUED = re.compile(
    r"(?:(?<=[A-Z]{2})|(?<=[A-Z])[./,-]|(?<=\s[AC-HJKM-NP-RT-Z]))"
    rf"(?=(?:\d{{1,2}}X)?(?:\d{{1,3}}(?:[.,]\d{{1,2}})?|\.\d{{1,2}})\s?"
    rf"(?:FL\s?OZ|FZ|[O0]Z|LBS?|CT|CNT|PK|ML|CL|KG|GR|GAL){_AFTER}"
    rf"|(?:\d{{2,3}}|\d{{1,3}}[.,]\d{{1,2}})[ZGL]{_AFTER}|\d{{1,3}}(?:[.,]\d{{1,2}})?(?:#|Z{_AFTER}))"
)
# A single letter behind it is mostly a tax flag, or the unit's own first.
_BARE = re.compile(r"[A-Z]\S*[\s./-](\d{1,4}(?:\.\d{1,2})?)(?:\s[A-Z*])?\s*$")
# One of something is how everything is sold.
_LEAST_BARE = 2.0
_LETTER_DIGITS = str.maketrans({"O": "0", "I": "1", "L": "1", "S": "5", "B": "8"})


def _number(text: str) -> float:
    if text == "HALF":
        return 0.5
    if "/" in text:
        upper, lower = text.split("/")
        return int(upper) / int(lower)
    return float(text.replace(",", "."))


@lru_cache(maxsize=_CACHED_MEASURES)
def _measure(number: str, unit: str) -> Measure:
    name = re.sub(r"[.\s]", "", unit)
    kind, factor = _UNIT_WORDS[name]
    value = _number(number)
    if name == "Z" and value >= MISREAD_OZ_FROM and number.endswith("0"):
        value //= 10
    return Measure(round(value * factor, 4), kind)


def _repair(match: re.Match[str]) -> str:
    return match.group(1).translate(_LETTER_DIGITS)


class _Found:
    """Collects what the pattern finds in one text."""

    def __init__(self) -> None:
        self.measures: list[Measure] = []
        self.packs: int | None = None
        self.pieces: int | None = None

    def _pack(self, number: int) -> None:
        self.packs = (self.packs or 1) * number

    def take(self, match: re.Match[str]) -> str:
        form = match.lastgroup
        if form == "each_unit":
            self._pack(int(match["times"]))
            self.measures.append(_measure(match["each"], match["each_unit"]))
        elif form in ("unit", "of"):
            self.measures.append(_measure(match["value"], match["unit"]))
            if form == "of":
                self._pack(int(match["of"]))
        elif form == "count_unit":
            return self._count(match, number=_number(match["count"]), unit=match["count_unit"])
        elif match["alone"] in _PIECE_WORDS:
            self.pieces = (self.pieces or 1) * _PIECE_WORDS[match["alone"]]
        else:
            self.measures.append(_measure(_ALONE[match["alone"]], match["alone"]))
        return " "

    def _count(self, match: re.Match[str], *, number: float, unit: str) -> str:
        total = number * _PIECE_WORDS.get(unit, 1)
        if total != int(total) or not 1 <= total <= MOST_PIECES:
            return match.group(0)
        if unit in _PACK_WORDS:
            self._pack(int(total))
        else:
            self.pieces = (self.pieces or 1) * int(total)
        return " "


def extract_size(text: str) -> tuple[Size, str]:
    """The size that the text prints and the text without it.

    Args:
        text: capitals, ASCII, punctuation still in place.
    """
    found = _Found()
    rest = _SIZE.sub(found.take, _MISREAD_NUMBER.sub(_repair, _GLUED.sub(" ", text)))
    if not found.measures and found.packs is None and found.pieces is None:
        return EMPTY_SIZE, rest
    measures = tuple(dict.fromkeys(measure for measure in found.measures if measure.value > 0))
    return Size(measures=measures, packs=found.packs, pieces=found.pieces), rest


def bare_size(text: str) -> tuple[Size, tuple[str, ...]]:
    """A number at the end that may be a size without its unit, and the digits as words of it.

    Args:
        text: capitals in which `extract_size` found nothing.
    """
    found = _BARE.search(text)
    value = 0.0 if found is None else float(found[1])
    if found is None or value < _LEAST_BARE:
        return EMPTY_SIZE, ()
    return Size(measures=(Measure(value, Kind.UNSAID),)), tuple(found[1].split("."))


def merge(first: Size, second: Size) -> Size:
    """Both texts' sizes; where both say a count, the first's."""
    return Size(
        measures=tuple(dict.fromkeys((*first.measures, *second.measures))),
        packs=first.packs if first.packs is not None else second.packs,
        pieces=first.pieces if first.pieces is not None else second.pieces,
    )


def _close(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(one, other)


# Canonical units in those that a package may print instead.
_UNITS_PRINTED: dict[Kind, tuple[float, ...]] = {
    Kind.OUNCE: (1.0, OUNCES_PER_POUND),
    Kind.FLUID_OUNCE: (1.0, FLUID_OUNCES["GAL"]),
    Kind.GRAM: (1.0, 1000.0),
    Kind.MILLILITRE: (1.0, 10.0, 1000.0),
    Kind.UNSAID: (),
}
_METRIC: dict[tuple[Kind, Kind], float] = {
    (Kind.OUNCE, Kind.GRAM): OUNCE_G,
    (Kind.OUNCE, Kind.MILLILITRE): FLUID_OUNCE_ML,
    (Kind.FLUID_OUNCE, Kind.MILLILITRE): FLUID_OUNCE_ML,
}


def _measures_agree(one: Measure, other: Measure) -> bool:
    ounces = {Kind.OUNCE, Kind.FLUID_OUNCE}
    if one.kind is other.kind or {one.kind, other.kind} == ounces:
        return _close(one.value, other.value, SAME_UNITS_TOLERANCE)
    for first, second in ((one, other), (other, one)):
        factor = _METRIC.get((first.kind, second.kind))
        if factor is not None:
            return _close(first.value * factor, second.value, OTHER_UNITS_TOLERANCE)
    return False


def _counts_conflict(line: Size, product: Size) -> bool:
    if line.count is not None and product.count is not None:
        return line.count != product.count
    if line.count is not None:
        return bool(product.measures)
    # A bundle of twelve is not the single bottle, but a box of 12 bars may print its weight alone.
    return product.packs is not None and product.packs > 1 and bool(line.measures)


def _is_number_of(value: float, product: Size) -> bool:
    """The product's size is that number in some unit that packages print."""
    if value == product.count or value in (product.packs, product.pieces):
        return True
    return any(
        _close(value, measure.value / units, SAME_UNITS_TOLERANCE)
        for measure in product.measures
        for units in _UNITS_PRINTED[measure.kind]
    )


def compare(line: Size, product: Size) -> SizeFit:
    """How the printed size stands to the product's. Sizes that cannot be compared conflict."""
    if line.is_empty:
        return SizeFit.NEITHER if product.is_empty else SizeFit.PRODUCT_ONLY
    if line.is_bare:
        if product.is_empty:
            return SizeFit.NEITHER
        return SizeFit.AGREE if _is_number_of(line.measures[0].value, product) else SizeFit.PRODUCT_ONLY
    if product.is_empty:
        return SizeFit.LINE_ONLY
    if _counts_conflict(line, product):
        return SizeFit.CONFLICT
    if line.measures and product.measures:
        agree = any(_measures_agree(one, other) for one in line.measures for other in product.measures)
        return SizeFit.AGREE if agree else SizeFit.CONFLICT
    return SizeFit.AGREE if line.count is not None and product.count is not None else SizeFit.CONFLICT
