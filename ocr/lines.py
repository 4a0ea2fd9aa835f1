"""Rows prepared for reading: text, numbers with their place on the page, and the words between them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final

from ocr.amounts import (
    CENT_DIGITS,
    PLAIN_STYLE,
    DecimalMark,
    Number,
    NumberStyle,
    decimal_mark,
    find_numbers,
    mend_blank,
)
from ocr.multiples import Multiple, find_multiples
from receipts.transcript import Quad, Row

SQUASHED_KEPT: Final = 4096
"""Texts whose squashed form is kept: a page asks for each of its own a dozen times."""
_NOT_ALPHANUMERIC: Final = re.compile(r"[^A-Z0-9]+")
_DIGITS: Final = str.maketrans(
    "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬",
    "01234567890123456789.,",
    "\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069",
)
"""Arabic and Persian digits, and marks of the direction of writing, which print nothing."""
_FOLDS: Final = str.maketrans(
    {"Ø": "O", "ø": "o", "Æ": "AE", "æ": "ae", "ß": "ss", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d"}
)


@lru_cache(maxsize=SQUASHED_KEPT)
def squash(text: str) -> str:
    """Capital letters and digits only, accents dropped: engines lose and add blanks."""
    if text.isascii():
        return _NOT_ALPHANUMERIC.sub("", text.upper())
    plain = unicodedata.normalize("NFKD", text.translate(_FOLDS))
    letters = "".join(char for char in plain if not unicodedata.combining(char)).upper()
    kept = _NOT_ALPHANUMERIC.sub("", letters)
    if kept or not letters.strip():
        return kept
    # Scripts other than Latin keep their letters: folding them away would leave nothing to match.
    return "".join(char for char in letters if char.isalnum())


@dataclass(frozen=True)
class Line:
    """A row as the rules see it.

    Attributes:
        index: 0 for the first row of the page.
        spans: for each box: offset of its first character, offset after its last, left x, right x.
    """

    index: int
    row: Row
    text: str
    numbers: tuple[Number, ...]
    spans: tuple[tuple[int, int, float, float], ...]

    @cached_property
    def label(self) -> str:
        """The text without its prices, for naming what the row is."""
        out, last = [], 0
        for number in self.prices:
            out.append(self.text[last : number.start])
            last = number.end
        out.append(self.text[last:])
        return " ".join(" ".join(out).split())

    @cached_property
    def squashed(self) -> str:
        """The label squashed."""
        return squash(self.label)

    @cached_property
    def prices(self) -> tuple[Number, ...]:
        """Numbers that look like money."""
        return tuple(number for number in self.numbers if number.is_price)

    @cached_property
    def multiples(self) -> tuple[Multiple, ...]:
        """Counts and weights times prices, as far as the row writes them with signs."""
        return find_multiples(self.text)

    def __hash__(self) -> int:
        """Of what tells lines apart at once: drafts are compared by the thousand, each with its lines."""
        return hash((self.index, self.text))

    @cached_property
    def quad(self) -> Quad:
        """The row's outline, level."""
        quads = [box.quad for box in self.row.boxes]
        return Quad.upright(
            left=min(q.left for q in quads),
            top=min(q.top for q in quads),
            right=max(q.right for q in quads),
            bottom=max(q.bottom for q in quads),
        )

    @cached_property
    def height(self) -> float:
        """The tallest box's height."""
        return max(
            ((b.quad.bottom_left.y - b.quad.top_left.y + b.quad.bottom_right.y - b.quad.top_right.y) / 2)
            for b in self.row.boxes
        )

    @cached_property
    def letters(self) -> int:
        """How many letters the label holds."""
        return sum(char.isalpha() for char in self.label)

    def x_of(self, offset: int) -> float:
        """Where a character stands, supposing the letters of a box equally wide."""
        for start, end, left, right in self.spans:
            if offset <= end:
                inside = max(0, offset - start) / max(1, end - start)
                return left + inside * (right - left)
        return self.spans[-1][3]

    def confidence_at(self, start: int, end: int) -> float:
        """The engine's confidence in the boxes that hold these characters, the least."""
        held = [
            box.confidence
            for box, (first, last, _, _) in zip(self.row.boxes, self.spans, strict=True)
            if first < end and start < last
        ]
        return min(held, default=self.row.confidence)


def lines_from_rows(rows: Sequence[Row], style: NumberStyle = PLAIN_STYLE) -> tuple[Line, ...]:
    """Every row as a line, with the page's own decimal mark; `style` says what the print alone does not."""
    mark = decimal_mark(_in_digits(box.text) for row in rows for box in row.boxes)
    return tuple(_line(index, row, mark, style) for index, row in enumerate(rows))


def _in_digits(text: str) -> str:
    """With European digits and marks, and nothing that is not printed."""
    return text if text.isascii() else text.translate(_DIGITS)


def _line(index: int, row: Row, mark: DecimalMark, style: NumberStyle) -> Line:
    parts: list[str] = []
    spans: list[tuple[int, int, float, float]] = []
    offset = 0
    for box in row.boxes:
        text = mend_blank(_in_digits(box.text), mark)
        spans.append((offset, offset + len(text), box.quad.left, box.quad.right))
        parts.append(text)
        offset += len(text) + 1
    text = " ".join(parts)
    # A number never runs from one box into the next: each box is searched by itself.
    numbers: list[Number] = []
    for part, (start, _, _, _) in zip(parts, spans, strict=True):
        numbers += [_shifted(number, start) for number in find_numbers(part, mark, style)]
    return Line(index, row, text, tuple(_corrected(number, text) for number in numbers), tuple(spans))


def _corrected(number: Number, text: str) -> Number:
    """``8.97 X`` that ends a row is a price with a tax letter; a wave before an amount was a minus."""
    if number.decimals == CENT_DIGITS and number.value > 0 and text[: number.start].endswith("~"):
        return replace(number, value=-number.value, repaired=True)
    if (
        number.unit == "x"
        and number.decimals == CENT_DIGITS
        and not any(map(str.isdigit, text[number.end :]))
    ):
        return replace(number, unit="")
    return number


def _shifted(number: Number, by: int) -> Number:
    return replace(number, start=number.start + by, end=number.end + by)
