# ruff: noqa: PLR2004 (odds and seeds of made-up lines are what this file is about)
"""More ways to print a product, to fit the matcher on beside `matching_lines.py`.

Each is another idea of who wrote the line: a stock system with fixed fields, a clerk who keyed what mattered,
a web shop that prints nearly everything, a narrow till that saves every place. `fit_line` draws among all
of them; lines to check on come from elsewhere.
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


def _pressed(word: str, letters: int, way: str) -> str:
    """The word in at most so many letters, by one of the ways in which programs shorten."""
    if len(word) <= letters or not word.isalpha():
        return word
    if way == "last":
        return word[: letters - 1] + word[-1]
    if way == "inner":
        kept = list(word)
        for place in range(len(kept) - 2, 0, -1):
            if len(kept) > letters and kept[place] in "AEIOU":
                del kept[place]
        return "".join(kept[:letters])
    return (_bones(word) if way == "bones" else word)[:letters]


def _bare_or_glued(line: str, size: str, width: int, draw: random.Random) -> str:
    """With the size as tills without room print it: no unit, no space before it, or among the words."""
    style = draw.random()
    number = size.partition(" ")[0]
    if style < 0.35:
        return f"{line[: max(5, width - len(number) - 1)].rstrip()} {number}"
    printed = printed_size(size, draw)
    room = line[: max(5, width - len(printed))].rstrip()
    if style < 0.75 or " " not in room:
        return f"{room}{printed}"
    first, _, others = room.partition(" ")
    return f"{first} {printed} {others}"


def narrow_line(product: CatalogProduct, draw: random.Random) -> str:
    """A narrow till that saves every place: few letters a word, other signs than spaces or none, any size."""
    width = draw.randint(11, 26)
    between = draw.choice((" ", " ", " ", " ", "", ".", "-", "/"))
    way = draw.choice(("cut", "bones", "inner", "last"))
    name = [word for word in _words(product.name) if word not in FILLERS] or _words(product.name)
    lost = draw.choice((0.0, 0.0, 0.15, 0.3))
    name = [word for place, word in enumerate(name) if place == 0 or draw.random() >= lost]
    brand = _words(product.brand)
    style = draw.random()
    if style < 0.25:
        brand = []
    elif style < 0.5:
        brand = [_pressed(word, draw.randint(2, 5), way) for word in brand[:1]]
    elif style < 0.6 and len(brand) > 1:
        brand = ["".join(word[0] for word in brand)]
    if draw.random() < 0.6:
        # As many letters a word as let the whole name on the line.
        fewest = draw.randint(3, 5)
        letters = 12
        while letters > fewest and len(between.join((*brand, *name))) > width:
            letters -= 1
            name = [_pressed(word, letters, way) for word in name]
    else:
        name = [_pressed(word, draw.choice((3, 4, 5, 6, 8)), way) for word in name]
    line = between.join((*brand, *name))
    if product.size and draw.random() < 0.65:
        return _bare_or_glued(line, product.size, width, draw)
    return line[:width].rstrip(" .-/")


def fit_line(product: CatalogProduct, draw: random.Random) -> MadeLine:
    """One line by one of the ways."""
    style = draw.random()
    if style < 0.28:
        return made_line(product, draw)
    way = (
        narrow_line
        if style < 0.56
        else stock_line
        if style < 0.8
        else clerk_line
        if style < 0.94
        else shop_line
    )
    text = way(product, draw)
    unit = product.size.partition(" ")[0]
    says_size = bool(unit) and re.search(rf"(?<![\d.]){re.escape(unit)}\s?[A-Za-z#]", text) is not None
    if draw.random() < 0.4:
        text = misread(text, draw, draw.choice((0.01, 0.02, 0.04)))
    if draw.random() < 0.07:
        text = f"{draw.randint(1, 6)} {text}"
    if draw.random() < 0.08:
        text = f"{text} {draw.choice('FTNXBA')}"
    return MadeLine(description=text or product.name, amount=made_price(product, draw), says_size=says_size)
