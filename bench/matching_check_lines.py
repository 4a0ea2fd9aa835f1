# ruff: noqa: PLR2004 (odds and seeds of made-up lines are what this file is about)
"""Printed lines to check the matcher on: another idea of a till, by other rules than `matching_lines.py`.

A till here has a house style and keeps it for all of its lines. Styles differ in width, where the size goes,
how a word is cut and how many letters a word may keep.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from receipts.catalog import CatalogProduct

VOWELS = set("AEIOU")
FILLERS = {"AND", "WITH", "THE", "OF", "IN", "&", "A"}
BAD_PAIRS = (
    ("O", "0"),
    ("I", "1"),
    ("S", "5"),
    ("B", "8"),
    ("RN", "M"),
    ("CL", "D"),
    ("VV", "W"),
    ("E", "F"),
)


@dataclass(frozen=True)
class Till:
    """One shop's way of printing."""

    width: int
    letters: int
    vowels: str
    brand: str
    size: str
    dropped: float
    blur: float
    shout: bool


@dataclass(frozen=True)
class CheckLine:
    """A printed line, what it cost (None: unknown), and whether it says a size."""

    description: str
    amount: float | None
    says_size: bool


LEVELS = ("light", "medium", "heavy")


def till(level: str, draw: random.Random) -> Till:
    """A till of that level of trouble."""
    number = LEVELS.index(level)
    return Till(
        width=draw.choice(((24, 26, 30), (20, 22, 24), (16, 18, 20))[number]),
        letters=draw.choice(((7, 9, 12), (5, 6, 7), (3, 4, 5))[number]),
        vowels=draw.choice(
            (("keep", "keep", "long"), ("long", "drop", "keep"), ("drop", "long", "drop"))[number]
        ),
        brand=draw.choice(
            (("first", "first", "last"), ("first", "cut", "none"), ("first", "cut", "none"))[number]
        ),
        size=draw.choice(("tight", "spaced", "short", "none", "front")),
        dropped=(0.0, 0.1, 0.22)[number],
        blur=(0.0, 0.01, 0.025)[number],
        shout=draw.random() < 0.85,
    )


def _fit_word(word: str, style: Till) -> str:
    if style.vowels == "drop" or (style.vowels == "long" and len(word) > style.letters):
        word = word[0] + "".join(letter for letter in word[1:] if letter not in VOWELS)
    return word[: style.letters]


def _blur(text: str, style: Till, draw: random.Random) -> str:
    for clear, misread in BAD_PAIRS:
        while clear in text and draw.random() < style.blur * text.count(clear) * 3:
            text = text.replace(clear, misread, 1)
    letters = list(text)
    for place in range(len(letters)):
        if letters[place].isalpha() and draw.random() < style.blur / 2:
            letters[place] = draw.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return "".join(letters)


def _print_size(size: str, style: Till) -> str:
    number, _, unit = size.partition(" ")
    if style.size == "short":
        return number + {"OZ": "Z", "FL OZ": "Z", "CT": "CT", "LB": "#", "GAL": "GAL", "L": "L"}.get(
            unit, unit
        )
    return f"{number} {unit}" if style.size == "spaced" else number + unit.replace(" ", "")


def check_line(
    product: CatalogProduct, style: Till, draw: random.Random, *, priced: bool = False
) -> CheckLine:
    """The product as that till prints it; its price for four lines in five, or for all."""
    clean = "".join(letter if letter.isalnum() or letter in " %" else " " for letter in product.name.upper())
    name = [word for word in clean.split() if word not in FILLERS]
    name = [word for place, word in enumerate(name) if place == 0 or draw.random() >= style.dropped]
    if len(name) > 2 and draw.random() < 0.15:
        name = name[1:] + name[:1]
    brand = [
        word for word in product.brand.upper().replace("'", "").replace("&", " ").split() if word.isalnum()
    ]
    if style.brand == "cut":
        brand = [_fit_word(word, style)[:4] for word in brand[:1]]
    words = [_fit_word(word, style) for word in name]
    if style.brand == "last":
        words = words[:4] + [_fit_word(word, style) for word in brand]
    elif style.brand != "none":
        words = [_fit_word(word, style) for word in brand] + words
    says_size = bool(product.size) and style.size != "none" and draw.random() < 0.75
    size = _print_size(product.size, style) if says_size else ""
    room = style.width - len(size) - 1 if size else style.width
    text = " ".join(words)[: max(5, room)].strip()
    if size:
        text = f"{size} {text}" if style.size == "front" else f"{text} {size}"
    text = _blur(text, style, draw)
    if draw.random() < 0.06:
        text = f"{draw.randint(2, 4)} {text}"
    amount = None
    if product.msrp is not None and (priced or draw.random() < 0.8):
        amount = float(product.msrp.decimal) * draw.choice((1.0, 1.0, 1.05, 0.95, 1.1, 0.9, 1.2, 0.8, 0.7))
        amount = max(0.05, round(amount - 0.005, 2))
    return CheckLine(description=text if style.shout else text.title(), amount=amount, says_size=says_size)
