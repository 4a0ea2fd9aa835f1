# ruff: noqa: PLR2004, E501, S311 (odds and seeds of made-up lines are what this file is about)
"""Lines that a careless matcher pays for: near-twins of what the catalog holds, on an invented catalog.

A trap prints a product that the catalog lacks, or one of two that print alike, and stands next to a twin that
the catalog has: another size, flavour, count or generation, or the shop's own product beside the maker's. What
tells it from the twin is always printed in a form that a person can read, or is missing for both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product as pairs

from receipts.catalog import CatalogProduct
from receipts.identity import Sku
from receipts.money import Money, currency

USD = currency("USD")
BRANDS = (
    "Kellford",
    "Riverbend",
    "Goodmill",
    "Alder Creek",
    "Pinehurst",
    "Maravel",
    "Oatwell",
    "Blue Harbor",
    "Tessaro",
    "Nordal",
)
LABELS = ("Corner Market", "Daily Basket", "Great Acre", "Home Choice")
KINDS = {
    "size": (("Frosted Flakes", "Tomato Ketchup", "Olive Oil", "Laundry Detergent", "Peanut Butter", "Basmati Rice", "Dish Soap"),
             ("8 OZ", "12 OZ", "15 OZ", "15.25 OZ", "16 OZ", "18 OZ", "24 OZ", "32 OZ", "64 OZ", "1.5 L", "2 L")),
    "count": (("Paper Towels", "Oat Bars", "Trash Bags", "Aspirin Tablets", "Coffee Pods", "AA Batteries"),
              ("4 CT", "6 CT", "8 CT", "10 CT", "12 CT", "18 CT", "24 CT", "36 CT")),
    "flavour": (("Greek Yogurt", "Ice Cream", "Sparkling Water", "Protein Bar", "Herbal Tea", "Fruit Snacks", "Potato Chips"),
                ("Strawberry", "Blueberry", "Peach", "Vanilla", "Chocolate", "Cherry", "Lemon", "Mango", "Raspberry", "Coconut", "Lime", "Barbecue")),
    "generation": (("Wireless Mouse", "Water Filter", "Electric Toothbrush", "Baby Monitor", "Razor Handle", "Smart Plug"),
                   ("2", "3", "4", "5", "X2", "X3", "V10", "V11", "Mark 6", "Mark 7")),
    "variant": (("Cola", "Whole Wheat Bread", "Cream Cheese", "Orange Juice", "Tuna Chunks", "Chicken Broth"),
                ("Original", "Diet", "Zero Sugar", "Low Fat", "Reduced Sodium", "Organic", "Unsalted", "Caffeine Free", "No Pulp", "Spicy")),
}  # fmt: skip
VOWELS = set("AEIOU")


@dataclass(frozen=True)
class Trap:
    """A line and the only product it may be accepted as; None when the catalog does not have it."""

    kind: str
    description: str
    amount: Money | None
    right: Sku | None


@dataclass(frozen=True)
class _Twin:
    kind: str
    brand: str
    thing: str
    mark: str

    @property
    def product(self) -> CatalogProduct:
        """As the catalog writes it."""
        name, size = self.thing, "12 OZ"
        if self.kind in {"size", "count"}:
            size = self.mark
        elif self.kind == "generation":
            name, size = f"{self.thing} {self.mark}", ""
        else:
            name = f"{self.mark} {self.thing}"
        number = f"{abs(hash_of(self.brand + name + size)) % 10**9:09d}"
        return CatalogProduct(Sku(f"T{number}"), name, brand=self.brand, size=size, msrp=Money(499, USD))


def hash_of(text: str) -> int:
    """Steady from run to run."""
    return int.from_bytes(random.Random(text).randbytes(6), "big")


def _families() -> Iterator[list[_Twin]]:
    for kind, (things, marks) in KINDS.items():
        for brand, thing in pairs((*BRANDS, *LABELS), things):
            yield [_Twin(kind, brand, thing, mark) for mark in marks]


def _short(word: str, draw: random.Random, strength: float) -> str:
    if len(word) < 5 or not word.isalpha() or draw.random() > strength:
        return word
    bones = word[0] + "".join(letter for letter in word[1:] if letter not in VOWELS)
    return draw.choice((word[:4], word[:5], word[:6], bones[:5], bones))


def _line(twin: _Twin, draw: random.Random, *, with_mark: bool = True) -> str:
    made = twin.product
    strength = draw.choice((0.0, 0.4, 0.9))
    words = [_short(word, draw, strength) for word in f"{twin.brand} {twin.thing}".upper().split()]
    mark = [word if word[0].isdigit() else _short(word, draw, strength) for word in twin.mark.upper().split()]
    size = (
        made.size.replace(" ", draw.choice(("", " ")))
        if with_mark or twin.kind not in {"size", "count"}
        else ""
    )
    named = twin.kind not in {"size", "count"} and with_mark
    brand_words = len(twin.brand.split())
    if named and twin.kind == "generation":
        words += mark
    elif named:
        words[brand_words:brand_words] = mark
    if size and (twin.kind in {"size", "count"} or draw.random() < 0.5):
        words.append(size)
    return " ".join(words)


def traps(draw: random.Random, count: int) -> tuple[tuple[CatalogProduct, ...], list[Trap]]:
    """An invented catalog, and so many lines beside its products."""
    products: list[CatalogProduct] = []
    absent: list[tuple[_Twin, list[_Twin]]] = []
    present: list[tuple[_Twin, list[_Twin]]] = []
    for family in _families():
        draw.shuffle(family)
        held = family[: draw.randint(1, 3)]
        products.extend(twin.product for twin in held)
        absent.extend((twin, held) for twin in family[len(held) :])
        present.extend((twin, held) for twin in held)
    # The shop's own product stands beside the maker's: half of the makers lack half of their things.
    made: list[Trap] = []
    while len(made) < count:
        price = Money(draw.choice((499, 499, 449, 399, 549)), USD) if draw.random() < 0.8 else None
        style = draw.random()
        if style < 0.6:
            twin, _ = draw.choice(absent)
            made.append(Trap(twin.kind, _line(twin, draw), price, None))
        elif style < 0.75:
            twin, held = draw.choice(present)
            right = twin.product.sku if len(held) == 1 else None
            made.append(Trap(f"{twin.kind}, not printed", _line(twin, draw, with_mark=False), price, right))
        elif style < 0.9:
            twin, _ = draw.choice(present)
            others = (*LABELS, "Foxglove", "Sunmeadow", "Brightwater", "Old Mill")
            own = _Twin(
                twin.kind, draw.choice([name for name in others if name != twin.brand]), twin.thing, twin.mark
            )
            known = {product.sku for product in products}
            made.append(
                Trap(
                    "private label",
                    _line(own, draw),
                    price,
                    own.product.sku if own.product.sku in known else None,
                )
            )
        else:
            twin, _ = draw.choice(present)
            made.append(Trap(f"{twin.kind}, right", _line(twin, draw), price, twin.product.sku))
    return tuple(products), made
