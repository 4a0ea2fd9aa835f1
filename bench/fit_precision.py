# ruff: noqa: E501, PLR2004, S311 (shares and seeds of made-up lines are what this file is about)
"""Measure what a threshold of the matcher is worth, and print `matching/precision.json`.

    python bench/fit_precision.py ../shared/catalogs > matching/precision.json

Catalogs of four sizes and lines of brands that the models were not fitted on (`is_for_precision`: three
brands in ten by a hash of the name), by the corruption model that they were fitted on, other lines. Half of the
lines are strangers: of brands left out of the catalog, and one in fifty of products left out beside their own
brand. For each threshold the file says how many of the catalog's lines were accepted rightly and
wrongly, how many strangers were, and how many of each are called another maker's.
`bench/matching_precision.py` checks it on other brands by the other corruption model.
"""

from __future__ import annotations

import json
import random
import sys
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import match_scores as scores
from matching_samples import is_for_fitting
from matching_tills import fit_line

from matching.answers import Case, Line
from matching.catalog_file import load_catalog, read_catalog
from matching.decide import Named, decide, named_by
from matching.index import CatalogIndex
from matching.match import read_line, score
from matching.scored import Scored
from matching.thresholds import NEVER, Thresholds
from receipts.catalog import Catalog, CatalogProduct
from receipts.match import Match, MatchVerdict

SEED = 60221
STRANGERS = 0.5
# Products of a catalog's own brands that it lacks: new ones, or ones that another program has.
TWINS = 0.02
BRANDS_LEFT_OUT = 0.25
NAMES_LEFT_OUT = 1 / 12
SMALL_CATALOGS = (1000, 1000, 1000, 1000)
LINES = {"small": 4000, "10k": 14000, "50k": 14000, "500k": 8000}
# Thresholds told of; what lies between is read at the higher.
ACCEPT_STEPS = tuple(
    sorted({*(number / 100 for number in range(50, 98)), *(0.97 + number / 1000 for number in range(30))})
)
ASK_STEPS = tuple(number / 100 for number in range(2, 91, 2))


def is_for_precision(brand: str) -> bool:
    """Whether thresholds may be measured on it: no model was fitted on it, and no check asks about it."""
    return not is_for_fitting(brand) and zlib.crc32(brand.encode()) % 10 < 7


def catalogs(folder: Path) -> Iterator[tuple[str, Catalog, list[CatalogProduct], list[CatalogProduct]]]:
    """Class, catalog, and the products that lines are made of: its own, and strangers."""
    smallest = load_catalog(folder / "grocery-10k.csv", currency=scores.USD).products
    checked = {product.brand for product in smallest}
    wide = load_catalog(folder / "grocery-50k.csv", currency=scores.USD).products
    widest = read_catalog(folder / "grocery-500k.parquet", currency=scores.USD).catalog.products
    draw = random.Random(SEED)
    brands = sorted({each.brand for each in wide if is_for_precision(each.brand)} - checked)
    american = [each for each in wide if each.brand in set(brands)]
    for size in SMALL_CATALOGS:
        draw.shuffle(brands)
        inside: set[str] = set()
        count = 0
        for brand in brands:
            if count >= size:
                break
            inside.add(brand)
            count += sum(each.brand == brand for each in american)
        yield ("small", *_split(american, inside, american, draw))
    for name, products in (("10k", american), ("50k", wide), ("500k", widest)):
        mine = sorted({each.brand for each in products if is_for_precision(each.brand)} - checked)
        out = set(draw.sample(mine, round(len(mine) * BRANDS_LEFT_OUT)))
        inside = {each.brand for each in products} - out
        yield (name, *_split(products, inside, [each for each in products if each.brand in set(mine)], draw))


def _split(
    products: Sequence[CatalogProduct],
    inside: set[str],
    asked: Sequence[CatalogProduct],
    draw: random.Random,
) -> tuple[Catalog, list[CatalogProduct], list[CatalogProduct]]:
    """The catalog without some names, lines' products of it, and strangers: some are those names."""
    own = [each for each in asked if each.brand in inside]
    written = sorted({(each.brand, each.name) for each in own})
    left_out = set(draw.sample(written, round(len(written) * NAMES_LEFT_OUT)))
    kept = [each for each in products if each.brand in inside and (each.brand, each.name) not in left_out]
    twins = [each for each in own if (each.brand, each.name) in left_out]
    others = [each for each in asked if each.brand not in inside]
    strangers = draw.choices(others, k=7000) + draw.choices(twins, k=round(7000 * TWINS / (1 - TWINS)))
    return (
        Catalog("precision", tuple(kept)),
        [each for each in own if (each.brand, each.name) not in left_out],
        strangers,
    )


def cases(
    own: Sequence[CatalogProduct], strangers: Sequence[CatalogProduct], lines: int, draw: random.Random
) -> list[scores.Case]:
    """Lines by the corruption model that the models were fitted on."""
    made = []
    for _ in range(lines):
        mine = draw.random() >= STRANGERS
        product = draw.choice(own if mine else strangers)
        line = fit_line(product, draw)
        asked = scores.query(line.description, line.amount)
        made.append(scores.Case(asked, product if mine else None, line.says_size, "fit"))
    return made


class Curve:
    """Counts of one class."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.own = self.strangers = 0
        self.accept = [[0, 0, 0] for _ in ACCEPT_STEPS]
        self.none = [[0, 0] for _ in ASK_STEPS]

    def add(self, asked: Sequence[scores.Case], index: CatalogIndex) -> None:
        """Score once, and decide by as many thresholds as it takes to know from which on a verdict changes."""
        for first in range(0, len(asked), scores.LINES_A_CALL):
            part = asked[first : first + scores.LINES_A_CALL]
            lines = [read_line(each.query, index) for each in part]
            named = [named_by(line, index) for line in lines]
            for case, line, own, scored in zip(part, lines, named, score(lines, named, index), strict=True):

                def decided(
                    accept: float, ask: float, of: Scored | None = scored, by: Line = line, name: Named = own
                ) -> Match:
                    return decide(Case(by, of, index, Thresholds(accept_min=accept, ask_min=ask)), name)

                self._count(case, decided, index)

    def _count(
        self, case: scores.Case, decided: Callable[[float, float], Match], index: CatalogIndex
    ) -> None:
        stranger = case.product is None
        self.own += not stranger
        self.strangers += stranger
        lowest = decided(ACCEPT_STEPS[0], ASK_STEPS[0])
        if lowest.verdict is MatchVerdict.ACCEPT:
            kind = 2 if stranger else 0 if scores.is_right(case, lowest.sku, index) else 1
            passed = bisect_left(
                ACCEPT_STEPS,
                True,
                key=lambda step: decided(step, ASK_STEPS[0]).verdict is not MatchVerdict.ACCEPT,
            )
            for place in range(passed):
                self.accept[place][kind] += 1
        asked_until = bisect_left(
            ASK_STEPS, True, key=lambda step: decided(NEVER, step).verdict is MatchVerdict.NONE
        )
        for place in range(asked_until, len(ASK_STEPS)):
            self.none[place][stranger] += 1

    def document(self) -> dict[str, object]:
        """As the file has it."""
        return {
            "products": round(sum(self.sizes) / len(self.sizes)),
            "own": self.own,
            "strangers": self.strangers,
            "accept": [
                [round(step, 3), *counts] for step, counts in zip(ACCEPT_STEPS, self.accept, strict=True)
            ],
            "none": [[step, *counts] for step, counts in zip(ASK_STEPS, self.none, strict=True)],
        }


def main() -> None:
    """Print the file."""
    curves: dict[str, Curve] = {}
    draw = random.Random(SEED + 1)
    for name, catalog, own, strangers in catalogs(Path(sys.argv[1])):
        curve = curves.setdefault(name, Curve())
        curve.sizes.append(len(catalog.products))
        index = CatalogIndex.build(catalog)
        curve.add(cases(own, strangers, LINES[name], draw), index)
        print(name, len(catalog.products), curve.own, curve.strangers, file=sys.stderr, flush=True)
    whole = {"classes": [curve.document() for curve in curves.values()]}
    print(json.dumps(whole, separators=(",", ":")))


if __name__ == "__main__":
    main()
