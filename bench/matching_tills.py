# ruff: noqa: PLR2004 (odds and seeds of made-up lines are what this file is about)
"""More ways to print a product, to fit the matcher on beside `matching_lines.py`.

Each is another idea of who wrote the line: a stock system with fixed fields, a clerk who keyed what mattered,
a web shop that prints nearly everything. `fit_line` draws among all of them; lines to check on come from
elsewhere.
"""

from __future__ import annotations

import random
import re

from matching_lines import EXTRA_WORDS, SHORT_FORMS, MadeLine, made_line, made_price, misread, printed_size

from receipts.catalog import CatalogProduct

FILLERS = frozenset({"AND", "WITH", "THE", "OF", "IN", "A", "FOR", "FROM", "DE", "LA", "LE", "AUX", "ET"})


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^\w%]+", text.upper().replace("'", "")) if word]


def _bones(word: str) -> str:
    return word[0] + re.sub(r"[AEIOU]", "", word[1:])


def _field(words: list[str], letters: int, draw: random.Random) -> list[str]:
    """Each word cut to so many letters, without vowels where it is too long."""
    thin = draw.random() < 0.5
    return [
        (_bones(word) if thin and len(word) > letters and word.isalpha() else word)[:letters]
        for word in words
    ]


def stock_line(product: CatalogProduct, draw: random.Random) -> str:
    """A stock system: brand field, words of at most so many letters, a fixed width."""
    width = draw.choice((16, 18, 20, 20, 24, 28, 32))
    brand = _words(product.brand)
    code = draw.random()
    if code < 0.3:
        brand = [brand[0][: draw.choice((2, 3, 4))]] if brand else []
    elif code < 0.4 and len(brand) > 1:
        brand = ["".join(word[0] for word in brand)]
    elif code < 0.6:
        brand = []
    name = [word for word in _words(product.name) if word not in FILLERS]
    line = " ".join([*brand, *_field(name, draw.choice((3, 4, 4, 5, 6, 8, 12)), draw)])
    if product.size and draw.random() < 0.65:
        size = printed_size(product.size, draw)
        if draw.random() < 0.15:
            return f"{size} {line}"[:width]
        return f"{line[: max(6, width - len(size) - 1)].rstrip()} {size}"
    return line[:width].rstrip()


def clerk_line(product: CatalogProduct, draw: random.Random) -> str:
    """A clerk keys the words that matter, the kind of thing first or last, and joins some."""
    first = _words(product.name.split(",")[0]) or _words(product.name)
    name = [word for word in _words(product.name) if word not in FILLERS]
    kind = first[-1]
    others = [word for word in name if word != kind]
    kept = [word for word in others if draw.random() < draw.choice((0.5, 0.75, 1.0))]
    words = [*kept[:3], kind] if draw.random() < 0.7 else [kind, *kept[:3]]
    if draw.random() < 0.45:
        words = _words(product.brand)[:1] + words
    keyed = []
    for word in words:
        style = draw.random()
        if word in SHORT_FORMS and style < 0.5:
            keyed.append(draw.choice(SHORT_FORMS[word]))
        elif len(word) > 4 and style < 0.8:
            keyed.append(
                _bones(word)[: draw.randint(3, 6)] if draw.random() < 0.55 else word[: draw.randint(3, 6)]
            )
        else:
            keyed.append(word)
    if len(keyed) > 1 and draw.random() < 0.15:
        place = draw.randrange(len(keyed) - 1)
        keyed[place : place + 2] = [keyed[place] + keyed[place + 1]]
    if draw.random() < 0.05:
        keyed.append(draw.choice(EXTRA_WORDS))
    if product.size and draw.random() < 0.45:
        keyed.append(printed_size(product.size, draw))
    return " ".join(keyed)[: draw.choice((18, 22, 26, 30))].rstrip()


def shop_line(product: CatalogProduct, draw: random.Random) -> str:
    """A web shop prints nearly everything, in its own order."""
    words = [*([product.brand] if draw.random() < 0.8 else []), product.name]
    text = " ".join(words)
    if draw.random() < 0.3:
        text = " ".join(word for word in text.split() if draw.random() < 0.9) or text
    if product.size and draw.random() < 0.7:
        text = (
            f"{text}, {product.size}" if draw.random() < 0.6 else f"{text} {printed_size(product.size, draw)}"
        )
    return text[: draw.choice((28, 36, 48, 80))].rstrip(" ,")


def fit_line(product: CatalogProduct, draw: random.Random) -> MadeLine:
    """One line by one of the ways."""
    style = draw.random()
    if style < 0.4:
        return made_line(product, draw)
    way = stock_line if style < 0.72 else clerk_line if style < 0.92 else shop_line
    text = way(product, draw)
    unit = product.size.partition(" ")[0]
    says_size = bool(unit) and re.search(rf"(?<![\d.]){re.escape(unit)}\s?[A-Za-z#]", text) is not None
    if draw.random() < 0.4:
        text = misread(text, draw, draw.choice((0.01, 0.02, 0.04)))
    if draw.random() < 0.07:
        text = f"{draw.randint(1, 6)} {text}"
    return MadeLine(description=text or product.name, amount=made_price(product, draw), says_size=says_size)
