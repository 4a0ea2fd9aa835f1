# ruff: noqa: PLR2004, E501 (odds and seeds of made-up lines are what this file is about)
"""Printed lines made from catalog products, to fit the matcher's weights on.

A mixture on purpose: how words are shortened, dropped and misread is drawn anew for each line, because a
matcher fitted on one steady style learns the style. Lines to check on come from `matching_check_lines.py`,
which shares no code with this file.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from math import exp

from receipts.catalog import CatalogProduct

SHORT_FORMS = {
    "CHICKEN": ("CHKN", "CKN", "CHIX"), "ORGANIC": ("ORG", "OG"), "CHOCOLATE": ("CHOC", "CHOCO"),
    "CHEESE": ("CHS", "CHSE"), "VANILLA": ("VAN", "VNL"), "STRAWBERRY": ("STRWB", "STRAW", "STRBRY"),
    "ORIGINAL": ("ORIG", "OR"), "NATURAL": ("NAT", "NTRL"), "WHOLE": ("WHL", "WH"), "WHEAT": ("WHT",),
    "BUTTER": ("BTR", "BUTR"), "PEANUT": ("PNT", "PB"), "FROZEN": ("FRZ", "FZN"), "SAUCE": ("SCE", "SC"),
    "COOKIES": ("CKIES", "COOK"), "CRACKERS": ("CRKR", "CRCKR"), "FREE": ("FR", "FREE"), "SUGAR": ("SGR", "SUG"),
    "REDUCED": ("RED", "RDCD"), "CREAM": ("CRM", "CR"), "WATER": ("WTR",), "JUICE": ("JCE", "JC"),
    "BREAD": ("BRD",), "GARLIC": ("GRLC", "GAR"), "TOMATO": ("TOM", "TMTO"), "WHITE": ("WHT", "WH"),
    "YOGURT": ("YOG", "YGRT"), "ALMOND": ("ALM", "ALMND"), "PREMIUM": ("PREM",), "LOW": ("LO", "LW"),
    "TURKEY": ("TRKY", "TKY"), "SALTED": ("SLTD", "SALT"), "ROASTED": ("RSTD", "RST"), "SEASONED": ("SEAS",),
    "BLUEBERRY": ("BLUEB", "BLBRY"), "COFFEE": ("COF", "CFE"), "GREEN": ("GRN",), "BLACK": ("BLK",),
    "SWEET": ("SWT",), "DRIED": ("DRD",), "MIXED": ("MXD",), "VEGETABLE": ("VEG",), "CEREAL": ("CRL", "CER"),
}  # fmt: skip
EXTRA_WORDS = (
    "NEW",
    "SALE",
    "FRZ",
    "PKG",
    "FAM",
    "DELI",
    "IMP",
    "FRESH",
    "VALUE",
    "BONUS",
    "RTL",
    "PROMO",
    "MB",
)
STOP_WORDS = frozenset({"AND", "WITH", "THE", "OF", "IN", "A", "FOR", "FROM"})
MISREAD = {
    "O": "0DQ", "0": "O8", "I": "1LT", "1": "IL7", "L": "1I", "S": "5", "5": "S6", "B": "8R", "8": "B3", "E": "F",
    "C": "GO", "G": "C6", "N": "MH", "M": "N", "R": "K", "T": "7I", "U": "V", "A": "4R", "Z": "2", "2": "Z",
}  # fmt: skip
NON_ITEMS = (
    "SUBTOTAL", "TOTAL", "TAX 1 6.25%", "VISA TEND", "CHANGE DUE", "CASH", "BALANCE DUE", "MFR COUPON", "CRV 5C",
    "BOTTLE DEPOSIT", "MEMBER SAVINGS", "DEBIT TEND", "ITEMS SOLD 12", "BANANAS", "AVOCADO", "BAG FEE", "ONIONS YLW",
)  # fmt: skip


@dataclass(frozen=True)
class MadeLine:
    """A printed line, what it cost (None: unknown), and whether it says a size."""

    description: str
    amount: float | None
    says_size: bool


def _shorten(word: str, draw: random.Random, whole: float) -> str:
    if draw.random() < whole or len(word) < 4 or not word.isalpha():
        return word
    if word in SHORT_FORMS and draw.random() < 0.5:
        return draw.choice(SHORT_FORMS[word])
    bones = word[0] + re.sub(r"[AEIOU]", "", word[1:])
    style = draw.random()
    if style < 0.38:
        return word[: draw.randint(3, max(3, len(word) - 1))]
    if style < 0.66:
        return bones
    if style < 0.86:
        return bones[: draw.randint(2 if draw.random() < 0.15 else 3, 5)]
    kept = [letter for letter in word[1:] if draw.random() < 0.6]
    return word[0] + "".join(kept) if kept else word[:3]


def printed_size(text: str, draw: random.Random) -> str:
    """A catalog's size as tills print it."""
    number, _, unit = text.partition(" ")
    blank = draw.choice(("", "", " "))
    if unit == "OZ":
        return number + blank + draw.choice(("OZ", "OZ", "OZ", "Z", "oz"))
    if unit == "FL OZ":
        return number + blank + draw.choice(("OZ", "FL OZ", "FLOZ", "Z", "FZ"))
    if unit == "LB":
        return (
            number + blank + draw.choice(("LB", "LB", "#"))
            if draw.random() < 0.8
            else f"{float(number) * 16:g}OZ"
        )
    if unit == "CT":
        return number + blank + draw.choice(("CT", "CT", "PK", "COUNT", "CNT"))
    if unit == "L":
        return number + blank + draw.choice(("L", "LTR", "LT"))
    return number + blank + unit


def misread(text: str, draw: random.Random, rate: float) -> str:
    """The text as an engine may misread it."""
    letters = []
    for letter in text:
        if draw.random() >= rate:
            letters.append(letter)
        elif draw.random() < 0.75:
            letters.append(draw.choice(MISREAD.get(letter, letter)))
        elif draw.random() < 0.5:
            letters.append(letter + letter)
    return "".join(letters)


def made_price(product: CatalogProduct, draw: random.Random) -> float | None:
    """What was paid; None where the receipt does not say."""
    if product.msrp is None or draw.random() < 0.25:
        return None
    price = float(product.msrp.decimal) * exp(draw.gauss(0.0, draw.choice((0.05, 0.13, 0.22))))
    if draw.random() < 0.2:
        price *= draw.uniform(0.6, 0.9)
    return max(0.05, round(price, 2))


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^A-Z0-9%]+", text.upper().replace("'", "")) if word]


def _brand(product: CatalogProduct, draw: random.Random, whole: float) -> list[str]:
    words = _words(product.brand)
    style = draw.random()
    if not words or style < 0.22:
        return []
    if style < 0.27 and len(words) > 1:
        return ["".join(word[0] for word in words)]
    if style < 0.42:
        words = words[:1]
    return [_shorten(word, draw, whole) for word in words]


def made_line(product: CatalogProduct, draw: random.Random) -> MadeLine:
    """One line as some till might print the product."""
    whole = draw.choice((0.75, 0.45, 0.15))
    drop = draw.choice((0.0, 0.1, 0.25))
    name = [word for word in _words(product.name) if word not in STOP_WORDS or draw.random() < 0.1]
    kept = [word for word in name if draw.random() >= drop] or name[:1]
    if draw.random() < 0.08:
        draw.shuffle(kept)
    if draw.random() < 0.35:
        kept = kept[: draw.randint(2, 4)]
    words = _brand(product, draw, whole) + [_shorten(word, draw, whole) for word in kept]
    if draw.random() < 0.06:
        words.insert(draw.randint(0, len(words)), draw.choice(EXTRA_WORDS))
    text = " ".join(words)
    if draw.random() < 0.08 and " " in text:
        cut = draw.choice([place for place, letter in enumerate(text) if letter == " "])
        text = text[:cut] + text[cut + 1 :]
    width = draw.randint(16, 28)
    says_size = bool(product.size) and draw.random() < 0.6
    if says_size:
        size = printed_size(product.size, draw)
        text = f"{text[: max(6, width - len(size) - 1)].rstrip()} {size}"
    else:
        text = text[:width].rstrip()
    if draw.random() < 0.5:
        text = misread(text, draw, draw.choice((0.01, 0.03, 0.05)))
    if draw.random() < 0.1:
        text = f"{draw.randint(1, 6)} {draw.choice(('', 'X ', '@ '))}{text}"
    if draw.random() < 0.12:
        text = f"{text} {draw.choice('FTNXBA*')}"
    if draw.random() < 0.15:
        text = text.title()
    return MadeLine(description=text, amount=made_price(product, draw), says_size=says_size)
