# ruff: noqa: E501, S311 (odds and seeds of made-up receipts are what this file is about)
"""Whether lines of one receipt help each other: whole receipts, matched line by line and together.

    python -m bench matching-receipts [--seed 7] [--receipts 300] [--cluster 0.3]

A receipt is of one till, which prints all of its lines in one style, at one shop, which has one level of prices; half
of its lines are of the catalog. A line in eight is printed again (another piece of the same, smudged anew), and with
the odds of `--cluster` a line is of a brand that the receipt has already.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import match_scores as scores
from matching_check_lines import LEVELS, _blur, check_line, till

from matching.catalog_file import load_catalog
from matching.index import CatalogIndex
from matching.learned import NOTHING_LEARNED, LearnedNames, prints_of
from matching.match import match_lines, match_purchase
from receipts.catalog import Catalog, CatalogProduct
from receipts.learned import Choice
from receipts.match import Match, MatchVerdict
from receipts.money import Money

LINES = (6, 24)
REPEATED = 0.125
OWN = 0.5
SHOP_LEVELS = (0.85, 0.9, 0.95, 1.0, 1.0, 1.05, 1.1, 1.2)
OFFERS = (1.0, 1.0, 1.0, 1.0, 0.8, 0.7)
BEFORE = datetime(2026, 11, 3, tzinfo=UTC)


def receipt(
    own: dict[str, list[CatalogProduct]],
    strangers: dict[str, list[CatalogProduct]],
    cluster: float,
    history: int,
    draw: random.Random,
) -> tuple[list[scores.Case], LearnedNames]:
    """The lines of one, and what was confirmed at its shop before: other products at its prices."""
    level = draw.choice(LEVELS)
    style = till(level, draw)
    clear, shop = replace(style, blur=0.0), draw.choice(SHOP_LEVELS)
    seen: dict[bool, list[str]] = {True: [], False: []}
    made: list[scores.Case] = []
    for _ in range(draw.randint(*LINES)):
        mine = draw.random() < OWN
        brands = own if mine else strangers
        brand = (
            draw.choice(seen[mine]) if seen[mine] and draw.random() < cluster else draw.choice(sorted(brands))
        )
        seen[mine].append(brand)
        product = draw.choice(brands[brand])
        line = check_line(product, clear, draw)
        cost = 3.49 if product.msrp is None else float(product.msrp.decimal)
        paid = Money.of(Decimal(str(max(0.05, round(cost * shop * draw.choice(OFFERS), 2)))), scores.USD)
        for _ in range(2 if draw.random() < REPEATED else 1):
            asked = replace(
                scores.query(_blur(line.description, style, draw), None), amount=paid, position=len(made)
            )
            made.append(scores.Case(asked, product if mine else None, line.says_size, level))
    book = [
        (
            print_,
            Choice(product.sku, line.description, 1, BEFORE, charged, charged),
        )
        for product in (draw.choice(own[draw.choice(sorted(own))]) for _ in range(history))
        if product.msrp is not None
        for line in (check_line(product, clear, draw),)
        for charged in (Money(max(5, round(product.msrp.minor * shop * draw.choice(OFFERS))), scores.USD),)
        for print_ in prints_of(line.description, None)
    ]
    return made, LearnedNames.of(1, book) if book else NOTHING_LEARNED


def receipts(
    folder: Path, *, seed: int, count: int, cluster: float, brands: int = 0, history: int = 0
) -> tuple[CatalogIndex, list[tuple[list[scores.Case], LearnedNames]]]:
    """The catalog and its receipts; brands weigh as many products as they have."""
    scores.SEED = seed
    kept, outside = scores.split_brands(load_catalog(folder / "grocery-10k.csv", currency=scores.USD))
    if brands:
        mine = set(random.Random(seed).sample(sorted({each.brand for each in kept.products}), brands))
        outside += [each for each in kept.products if each.brand not in mine]
        kept = Catalog(kept.version, tuple(each for each in kept.products if each.brand in mine))
    by: tuple[dict[str, list[CatalogProduct]], dict[str, list[CatalogProduct]]] = (
        defaultdict(list),
        defaultdict(list),
    )
    for group, products in zip(by, (kept.products, outside), strict=True):
        for product in products:
            group[product.brand].append(product)
    draw = random.Random(seed)
    return CatalogIndex.build(kept), [receipt(*by, cluster, history, draw) for _ in range(count)]


class Tally:
    """What came of the lines."""

    def __init__(self) -> None:
        self.lines = self.own = self.first = self.accepted = self.right = self.asked = self.none = (
            self.strange
        ) = 0
        self.seconds = 0.0
        self.outcomes: list[tuple[float, bool]] = []

    def add(self, cases: Sequence[scores.Case], answers: Sequence[Match], index: CatalogIndex) -> None:
        """Count one receipt."""
        for case, match in zip(cases, answers, strict=True):
            good = scores.is_right(case, match.candidates[0].sku if match.candidates else match.sku, index)
            accepted = match.verdict is MatchVerdict.ACCEPT
            self.lines += 1
            self.own += case.product is not None
            self.first += good and case.product is not None
            self.accepted += accepted
            self.right += accepted and scores.is_right(case, match.sku, index)
            self.asked += match.verdict is MatchVerdict.ASK
            self.none += match.verdict is MatchVerdict.NONE
            self.strange += match.verdict is MatchVerdict.NONE and case.product is None
            self.outcomes.append((match.probability, good))

    def row(self, name: str) -> str:
        """One row of the table."""
        return (
            f"| {name} | {self.lines} | {self.first / self.own:.3f} | "
            f"{scores.recall_at(0.99, self.outcomes, self.own):.3f} | {self.right / self.own:.3f} | "
            f"{self.right / max(1, self.accepted):.4f} | {self.asked / self.lines:.1%} | "
            f"{self.strange / max(1, self.none):.3f} | {self.lines / self.seconds:.0f} |"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("catalogs", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--receipts", type=int, default=300)
    parser.add_argument("--brands", type=int, default=0, help="of the catalog; 0 for all")
    parser.add_argument("--history", type=int, default=0, help="lines confirmed at the shop before")
    parser.add_argument("--cluster", type=float, nargs="+", default=[0.0, 0.3])
    asked = parser.parse_args()
    print(
        "| lines | number | top-1 | recall at 99 % | accepted right | accept precision | asked | right of none |"
        " lines/s |\n" + "| - " * 9 + "|"
    )
    for cluster in asked.cluster:
        index, made = receipts(
            asked.catalogs,
            seed=asked.seed,
            count=asked.receipts,
            cluster=cluster,
            brands=asked.brands,
            history=asked.history,
        )
        for name, way in (("line by line", match_lines), ("together", match_purchase)):
            tally = Tally()
            for cases, book in made:
                start = time.process_time()
                answers = way([case.query for case in cases], index, book)
                tally.seconds += time.process_time() - start
                tally.add(cases, answers, index)
            print(tally.row(f"{name}, {len(index)} products, brands again {cluster:.0%}"), flush=True)


if __name__ == "__main__":
    main()
