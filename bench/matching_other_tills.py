# ruff: noqa: PLR2004, S311 (odds and seeds of made-up lines are what this file is about)
"""Lines by a third idea of tills, which no model is fitted on: what is left of the figures?

    python -m bench matching-other-tills [CATALOG] [LINES] [SEED]

Sixty shops, each with a house rule: a width of 12 to 32, how words are shortened (cut, thinned from the
right, the last letter kept), what stands between them (a space, a dot, a dash, a slash or nothing),
where the size goes (behind, in front, glued, among the words, without its unit, nowhere), how the brand
is written. A third of the lines are strangers, one in seven of those a product taken out of a brand that
the catalog has. The last column is of as many lines of such products alone. Lines of seeds 501 to 504
and 601 were looked at when print without spaces, bare and glued sizes and the guard on skipped words
were made: other seeds are fairer.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import match_scores as scores
from matching_samples import is_for_fitting

from matching.catalog_file import read_catalog
from matching.index import CatalogIndex
from receipts.catalog import Catalog, CatalogProduct
from receipts.match import MatchVerdict

FILLERS = frozenset({"AND", "WITH", "THE", "OF", "IN", "A", "FOR", "FROM", "BY"})
VOWELS = "AEIOUY"
MISREAD = dict(zip("O0I1SBGEFHNMDUCTLRKA", "0O1I586FPNHNOVGIIPX4", strict=True))
UNITS = {
    "OZ": ("OZ", "Z", "oz"), "FL OZ": ("OZ", "FLOZ", "FZ"), "CT": ("CT", "CNT", "PK", "'S"),
    "LB": ("LB", "#"), "L": ("L", "LT"), "G": ("G", "GR"),
}  # fmt: skip
SHOPS = 60
LINES_A_SHOP = 40
OWN, TWINS_AMONG_STRANGERS, NAMES_LEFT_OUT = 2 / 3, 1 / 7, 1 / 20


@dataclass(frozen=True)
class Shop:
    """One house rule."""

    width: int
    brand: str
    way: str
    letters: int
    between: str
    size: str
    dropped: float
    misread: float
    balanced: bool
    lower: bool
    flagged: bool
    promotions: float
    level: float


def shop(draw: random.Random) -> Shop:
    """A house rule by lot."""
    brands = ("full", "first", "none", "initials", "short", "mixed")
    return Shop(
        width=draw.choice((12, 14, 15, 16, 18, 18, 20, 20, 22, 24, 25, 28, 30, 32)),
        brand=draw.choices(brands, (3, 3, 2, 1, 2, 2))[0],
        way=draw.choice(("cut", "cut", "thin", "last", "right", "mixed", "keep")),
        letters=draw.choice((3, 4, 4, 5, 5, 6, 7, 9)),
        between=draw.choices((" ", "", ".", "-", "/"), (18, 2, 1, 1, 1))[0],
        size=draw.choices(("end", "glued", "front", "bare", "none", "mid"), (5, 3, 1.5, 2, 3, 1))[0],
        dropped=draw.choice((0, 0, 0.1, 0.2, 0.35)),
        misread=draw.choice((0, 0, 0.01, 0.02, 0.04)),
        balanced=draw.random() < 2 / 3,
        lower=draw.random() < 0.1,
        flagged=draw.random() < 0.15,
        promotions=draw.uniform(0, 0.25),
        level=draw.gauss(1.0, 0.08),
    )


def shortened(word: str, letters: int, way: str) -> str:
    """The word in so many letters."""
    if len(word) <= letters or not word.isalpha():
        return word
    if way == "thin":
        return (word[0] + "".join(letter for letter in word[1:] if letter not in VOWELS))[:letters]
    if way == "last":
        return word[: letters - 1] + word[-1]
    kept, place = list(word), len(word) - 1
    while way == "right" and len(kept) > letters and place > 0:
        if kept[place] in VOWELS:
            del kept[place]
        place -= 1
    return "".join(kept)[:letters]


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[^A-Z0-9%&]+", text.upper().replace("'", "")) if word]


def _brand(product: CatalogProduct, style: Shop, draw: random.Random) -> list[str]:
    words = _words(product.brand)
    how = draw.choice(("full", "first", "none", "short")) if style.brand == "mixed" else style.brand
    if how == "none" or not words:
        return []
    if how == "first":
        return words[:1]
    if how == "short":
        return [shortened(words[0], draw.choice((2, 3, 4)), draw.choice(("cut", "thin")))]
    return ["".join(word[0] for word in words)] if how == "initials" and len(words) > 1 else words


def _size(product: CatalogProduct, style: Shop, draw: random.Random) -> str:
    if not product.size or style.size == "none" or draw.random() >= 0.85:
        return ""
    number, _, unit = product.size.partition(" ")
    if style.size == "bare":
        return number
    blank = "" if style.size == "glued" or draw.random() < 0.6 else " "
    return number + blank + draw.choice(UNITS.get(unit, (unit,)))


def _name(
    product: CatalogProduct, brand: list[str], style: Shop, room: int, draw: random.Random
) -> list[str]:
    words = [word for word in _words(product.name) if word not in FILLERS]
    words = [word for place, word in enumerate(words) if place == 0 or draw.random() >= style.dropped]
    if draw.random() < 0.06 and len(words) > 1:
        words = words[-1:] + words[:-1]
    if style.way == "keep":
        return words

    def pressed(letters: int) -> list[str]:
        ways = ("cut", "thin", "last", "right") if style.way == "mixed" else (style.way,)
        return [shortened(word, letters, draw.choice(ways)) for word in words]

    if not style.balanced:
        return pressed(style.letters)
    letters, found = 14, words
    while letters > style.letters and len(style.between.join((*brand, *found))) > room:
        letters -= 1
        found = pressed(letters)
    return found


def line(product: CatalogProduct, style: Shop, draw: random.Random) -> tuple[str, float | None, bool]:
    """The print, what it cost, and whether it says a size with its unit."""
    size = _size(product, style, draw)
    room = style.width - (len(size) + (style.size != "glued") if size else 0)
    brand = _brand(product, style, draw)
    text = style.between.join((*brand, *_name(product, brand, style, room, draw)))[: max(5, room)].rstrip(
        " .-/"
    )
    if size and style.size == "front":
        text = f"{size} {text}"
    elif size and style.size == "mid" and " " in text:
        text = text.replace(" ", f" {size} ", 1)
    elif size:
        text += size if style.size == "glued" else f" {size}"
    read = []
    for letter in text:
        slip = (
            MISREAD.get(letter, letter),
            MISREAD.get(letter, letter),
            "",
            draw.choice("ABCDEFGHIKLMNOPRST"),
        )
        read.append(draw.choice(slip) if draw.random() < style.misread else letter)
    text = "".join(read).lower() if style.lower else "".join(read)
    if style.flagged:
        text += f" {draw.choice('FTBNX')}"
    price = None
    if product.msrp is not None:
        offer = draw.uniform(0.6, 0.9) if draw.random() < style.promotions else draw.uniform(0.94, 1.06)
        price = max(0.05, round(float(product.msrp.decimal) * style.level * offer, 2))
    return text or product.name, price, bool(size) and style.size != "bare"


def cases(
    own: Sequence[CatalogProduct],
    strangers: Sequence[CatalogProduct],
    twins: Sequence[CatalogProduct],
    lines: int,
    draw: random.Random,
) -> list[scores.Case]:
    """Lines of sixty shops in turn."""
    shops = [shop(draw) for _ in range(SHOPS)]
    made = []
    for number in range(lines):
        mine = bool(own) and draw.random() < OWN
        others = twins if not strangers or draw.random() < TWINS_AMONG_STRANGERS else strangers
        product = draw.choice(own if mine else others)
        style = shops[number // LINES_A_SHOP % SHOPS]
        text, price, says_size = line(product, style, draw)
        made.append(scores.Case(scores.query(text, price), product if mine else None, says_size, "other"))
    return made


def main() -> None:
    """Print the row."""
    folder = Path(sys.argv[1])
    name = sys.argv[2] if len(sys.argv) > 2 else "grocery-10k.csv"
    lines = int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    scores.SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 501
    checked = {
        each.brand for each in read_catalog(folder / "grocery-10k.csv", currency=scores.USD).catalog.products
    }
    catalog, strangers = scores.split_brands(read_catalog(folder / name, currency=scores.USD).catalog)

    def unseen(products: Sequence[CatalogProduct]) -> list[CatalogProduct]:
        return [each for each in products if each.brand in checked or not is_for_fitting(each.brand)]

    draw = random.Random(scores.SEED)
    written = sorted({(each.brand, each.name) for each in unseen(catalog.products)})
    out = set(draw.sample(written, max(1, round(len(written) * NAMES_LEFT_OUT))))
    twins = [each for each in catalog.products if (each.brand, each.name) in out]
    kept = [each for each in catalog.products if (each.brand, each.name) not in out]
    index = CatalogIndex.build(Catalog("other", tuple(kept)))
    result = scores.score(cases(unseen(kept), unseen(strangers), twins, lines, draw), index)
    answers, _ = scores.run(cases((), (), twins, lines, draw), index)
    taken = sum(answer.verdict is MatchVerdict.ACCEPT for answer in answers)
    print(
        "| catalog, seed | top-1 | recall at 99 % | accepted right | accept precision | taken out, accepted |"
    )
    print(f"| {name}, {scores.SEED} | {result.top1:.3f} | {result.recall_at_99:.3f} | "
          f"{result.accept_recall:.3f} | {result.accept_precision:.4f} | {taken} of {lines} |")  # fmt: skip


if __name__ == "__main__":
    main()
