# ruff: noqa: E501, PLR2004, S311 (shares and seeds of made-up lines are what this file is about)
"""What precision a program gets that wants one: on other brands, by the other corruption model.

    python -m bench matching-precision [--seed 4711] [--quick]

`matching/precision.json` was counted by `fit_precision.py` on brands with a hash of 4 to 6 and lines by the
corruption model of the fit. Here are brands with a hash of 7 to 9 (and those of grocery-10k.csv, which no fit ever
saw), lines by `matching_check_lines.py`, half or four fifths of them strangers, of brands left out of the catalog.
"""

from __future__ import annotations

import argparse
import random
import zlib
from collections.abc import Sequence
from pathlib import Path

import match_scores as scores
from matching_check_lines import LEVELS, check_line, till
from matching_samples import is_for_fitting

from matching.catalog_file import read_catalog
from matching.index import CatalogIndex
from matching.match import match_lines
from matching.precision import thresholds_for
from receipts.catalog import Catalog, CatalogProduct
from receipts.match import MatchVerdict
from receipts.program import MatchWish

CATALOGS = (
    ("grocery-10k.csv", 1000),
    ("grocery-10k.csv", 0),
    ("grocery-50k.csv", 0),
    ("grocery-500k.parquet", 0),
)
LINES = 5000
WANTED = (None, 0.97, 0.98, 0.99, 0.995, 0.998)
NONE_WANTED = (None, 0.8, 0.9, 0.95)
SHARES = (0.5, 0.2)


def is_for_check(brand: str, smallest: frozenset[str]) -> bool:
    """No model and no threshold was fitted on it."""
    return brand in smallest or (not is_for_fitting(brand) and zlib.crc32(brand.encode()) % 10 >= 7)


def cases(
    own: Sequence[CatalogProduct], strangers: Sequence[CatalogProduct], share: float, draw: random.Random
) -> list[scores.Case]:
    """Lines, so many of them of the catalog."""
    made = []
    for _ in range(LINES):
        mine = draw.random() < share
        level = draw.choice(LEVELS)
        product = draw.choice(own if mine else strangers)
        line = check_line(product, till(level, draw), draw, priced=True)
        asked = scores.query(line.description, line.amount)
        made.append(scores.Case(asked, product if mine else None, line.says_size, level))
    return made


def rows(name: str, index: CatalogIndex, asked: Sequence[scores.Case], share: float) -> None:
    """A row for each wish."""
    own = sum(case.product is not None for case in asked)
    wishes = [MatchWish(each, None, share) for each in WANTED] + [
        MatchWish(None, each, share) for each in NONE_WANTED[1:]
    ]
    for wish in wishes:
        found = thresholds_for(wish, len(index))
        accepted = right = none = strange = left = 0
        for first in range(0, len(asked), scores.LINES_A_CALL):
            part = asked[first : first + scores.LINES_A_CALL]
            answers = match_lines([each.query for each in part], index, thresholds=found.thresholds)
            for case, match in zip(part, answers, strict=True):
                accepted += match.verdict is MatchVerdict.ACCEPT
                right += match.verdict is MatchVerdict.ACCEPT and scores.is_right(case, match.sku, index)
                none += match.verdict is MatchVerdict.NONE
                strange += match.verdict is MatchVerdict.NONE and case.product is None
                left += match.verdict is MatchVerdict.ASK
        print(
            f"| {name} | {len(index)} | {share:.0%} | {wish.accept_precision or 'usual'} | "
            f"{found.thresholds.accept_min:g} | {right / max(1, accepted):.4f} | {right / max(1, own):.3f} | "
            f"{wish.none_precision or 'usual'} | {found.thresholds.ask_min:g} | {strange / max(1, none):.3f} | "
            f"{left / len(asked):.1%} |",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("catalogs", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="leave out the catalog of 500,000")
    asked = parser.parse_args()
    print(
        "| catalog | products | lines of it | wanted of accepting | threshold | reached | accepted rightly | wanted of"
        " none | threshold | reached | asked |\n" + "| - " * 11 + "|"
    )
    smallest = frozenset(
        each.brand
        for each in read_catalog(asked.catalogs / CATALOGS[0][0], currency=scores.USD).catalog.products
    )
    for name, most in CATALOGS[: 3 if asked.quick else 4]:
        draw = random.Random(f"{asked.seed}/{name}/{most}")
        products = read_catalog(asked.catalogs / name, currency=scores.USD).catalog.products
        brands = sorted({each.brand for each in products if is_for_check(each.brand, smallest)})
        out = set(draw.sample(brands, round(len(brands) * 0.25)))
        kept = [each for each in products if each.brand not in out]
        if most:
            inside = set(
                draw.sample(sorted({each.brand for each in kept}), round(len(brands) * most / len(products)))
            )
            kept = [each for each in kept if each.brand in inside]
        index = CatalogIndex.build(Catalog("precision", tuple(kept)))
        mine = [each for each in kept if is_for_check(each.brand, smallest)]
        strangers = [each for each in products if each.brand in out]
        for share in SHARES:
            rows(name, index, cases(mine, strangers, share, draw), share)


if __name__ == "__main__":
    main()
