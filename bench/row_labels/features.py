"""What a model is told of each row: place, shape of the text, words of the locale packs, sums, neighbours.

None of it says what the rules made of the page, so that the model's opinion is its own.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ocr.contact import TAX_ID
from ocr.dates import holds_moment
from ocr.lexicon import Kind, kind_of
from ocr.lines import Line
from ocr.locales.vocabulary import Vocabulary
from ocr.shop_words import ADDRESS_WORDS, SHOP_WORDS
from ocr.sums import last_price, price_value

Floats = NDArray[np.float64]
TOPICS: Final = (
    "final_total", "total", "subtotal", "tax", "rounding", "service", "tip", "discount", "payment", "change",
    "count", "savings", "meta", "filler", "deposit", "gift_card", "date", "time", "hours", "sale", "refund",
)  # fmt: skip
KINDS: Final = tuple(Kind)
COLUMN_SHARE: Final = 0.06
"""Of the page's width: right edges of one column of amounts."""
MOST_SUMMED: Final = 25
"""Priced rows above one that are tried as its sum."""
REACH: Final = (-2, -1, 1, 2)
NEIGHBOURLY: Final = (
    "priced", "at column", "letters", "digit share", "left", "height", "multiple", "moment", "long number",
    "percent", "minus", "sum above", "same above", *(f"kind {kind.value}" for kind in KINDS),
)  # fmt: skip
_DIGITS: Final = re.compile(r"\d+")
_TAX_LETTER: Final = re.compile(r"[\d,.]\s?[A-Z*#]{1,2}$")
_COUNT_FIRST: Final = re.compile(r"^\d{1,2}\s?[xX*]?\s")
_MONEY_SIGN: Final = re.compile(r"[$£€]|\b(?:RM|EUR|CHF|kr|zł|R(?=\d))")


def row_features(lines: Sequence[Line], vocabulary: Vocabulary) -> Floats:
    """A row of numbers for each line; `vocabulary` holds the words of the page's languages."""
    page = _Page(lines)
    own = [_of_row(line, page, vocabulary) for line in lines]
    _add_context(own, page)
    nothing = dict.fromkeys(NEIGHBOURLY, 0.0)
    table: list[list[float]] = []
    for index, features in enumerate(own):
        values = list(features.values())
        for step in REACH:
            near = own[index + step] if 0 <= index + step < len(own) else nothing
            values += [near[name] for name in NEIGHBOURLY]
        table.append(values)
    return np.array(table, dtype=np.float64)


class _Page:
    """What every row is measured against."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.count = max(1, len(lines))
        self.left = min((line.quad.left for line in lines), default=0.0)
        self.right = max((line.quad.right for line in lines), default=1.0)
        self.top = min((line.quad.top for line in lines), default=0.0)
        self.bottom = max((line.quad.bottom for line in lines), default=1.0)
        self.height = max(1.0, median([line.height for line in lines] or [1.0]))
        last = [last_price(line) for line in lines]
        self.numbers = last
        self.amounts = [None if number is None else price_value(number) for number in last]
        edges = [line.x_of(n.end) for line, n in zip(lines, last, strict=True) if n is not None]
        self.column = median(sorted(edges)[len(edges) // 2 :]) if edges else self.right
        self.most = max((abs(a) for a in self.amounts if a is not None), default=Decimal(1))
        self.repeats = Counter(price.value for line in lines for price in line.prices)

    @property
    def width(self) -> float:
        return max(1.0, self.right - self.left)


def _of_row(line: Line, page: _Page, vocabulary: Vocabulary) -> dict[str, float]:
    return {**_place(line, page), **_shape(line), **_money(line, page), **_words(line, vocabulary)}


def _place(line: Line, page: _Page) -> dict[str, float]:
    tall = max(1.0, page.bottom - page.top)
    return {
        "index": line.index / page.count,
        "from end": min(1.0, (page.count - line.index) / 20),
        "from top": min(1.0, line.index / 20),
        "rows": page.count / 50,
        "down": (line.quad.top - page.top) / tall,
        "left": (line.quad.left - page.left) / page.width,
        "right": (line.quad.right - page.left) / page.width,
        "height": min(3.0, line.height / page.height),
        "boxes": min(5, len(line.row.boxes)) / 5,
    }


def _shape(line: Line) -> dict[str, float]:
    text = line.text
    chars = max(1, len(text.replace(" ", "")))
    runs = [len(run) for run in _DIGITS.findall(text)]
    letters = [char for char in text if char.isalpha()]
    return {
        "chars": min(1.5, len(text) / 40),
        "letters": min(1.5, line.letters / 20),
        "letter share": len(letters) / chars,
        "digit share": sum(map(str.isdigit, text)) / chars,
        "capitals": sum(map(str.isupper, letters)) / max(1, len(letters)),
        "words": min(1.5, len(text.split()) / 8),
        "long number": max(runs, default=0) / 13,
        "code first": float(bool(re.match(r"^\d{4,}", text))),
        "count first": float(bool(_COUNT_FIRST.match(text))),
        "tax letter": float(bool(_TAX_LETTER.search(text))),
        "colon": float(":" in text),
        "hash": float("#" in text),
        "stars": float("**" in text),
        "money sign": float(bool(_MONEY_SIGN.search(text))),
        "moment": float(holds_moment(line)),
        "one mark": float(len(set(text.replace(" ", ""))) <= 2),  # noqa: PLR2004 - a row of dashes
    }


def _money(line: Line, page: _Page) -> dict[str, float]:
    number, amount = page.numbers[line.index], page.amounts[line.index]
    size = float(abs(amount)) if amount is not None else 0.0
    at = number is not None and abs(line.x_of(number.end) - page.column) < COLUMN_SHARE * page.width
    priced = [a for a in page.amounts[: line.index] if a is not None][-MOST_SUMMED:]
    sums = list(accumulate(reversed(priced)))
    summed = sums.index(amount) + 1 if amount is not None and amount > 0 and amount in sums else 0
    made = amount is not None and any(m.makes(abs(amount)) for m in line.multiples)
    below = line.index + 1 < page.count and page.amounts[line.index] is not None
    return {
        "numbers": min(6, len(line.numbers)) / 6,
        "prices": min(4, len(line.prices)) / 4,
        "priced": float(amount is not None),
        "at column": float(at),
        "minus": float(amount is not None and amount < 0),
        "zero": float(amount == 0),
        "size": math.log10(1 + size) / 4,
        "of most": size / max(0.01, float(page.most)),
        "repeats": min(4, page.repeats[amount] - 1) / 4 if amount is not None else 0.0,
        "sum above": float(summed > 1),
        "same above": float(summed == 1),
        "at sign": float(number is not None and number.at),
        "unit": float(any(n.unit and n.unit != "%" for n in line.numbers)),
        "percent": float(any(n.unit == "%" for n in line.numbers)),
        "multiple": float(bool(line.multiples)),
        "made": float(made),
        "made below": float(below and _made_below(line, page)),
    }


def _made_below(line: Line, page: _Page) -> bool:
    """Whether the next row multiplies to this one's amount."""
    amount = page.amounts[line.index]
    return amount is not None and any(m.makes(abs(amount)) for m in page.lines[line.index + 1].multiples)


def _words(line: Line, vocabulary: Vocabulary) -> dict[str, float]:
    label, kind = line.squashed, kind_of(line, vocabulary)
    out = {f"kind {each.value}": float(kind is each) for each in KINDS}
    for topic in TOPICS:
        words = vocabulary[topic]
        out[f"starts {topic}"] = float(bool(words.start(label)))
        out[f"holds {topic}"] = float(words.holds(label))
    out["address"] = float(bool(ADDRESS_WORDS.search(line.text)))
    out["shop"] = float(bool(SHOP_WORDS.search(line.text)))
    out["tax number"] = float(bool(TAX_ID.search(line.text)))
    return out


def _add_context(own: Sequence[dict[str, float]], page: _Page) -> None:
    """Where the row stands among rows that words or amounts mark: the first price, headings, totals."""
    marks = {
        "price": [i for i, each in enumerate(own) if each["priced"]],
        "heading": [i for i, each in enumerate(own) if each["kind header"]],
        "total": [i for i, each in enumerate(own) if each["kind total"] or each["kind final_total"]],
        "subtotal": [i for i, each in enumerate(own) if each["kind subtotal"]],
        "payment": [i for i, each in enumerate(own) if each["kind payment"] or each["kind change"]],
    }
    for index, features in enumerate(own):
        for name, rows in marks.items():
            features[f"any {name}"] = float(bool(rows))
            features[f"below first {name}"] = float(bool(rows) and index > rows[0])
            features[f"below last {name}"] = float(bool(rows) and index > rows[-1])
            nearest = min((abs(index - row) for row in rows), default=page.count)
            features[f"near {name}"] = 1 / (1 + nearest)
