# ruff: noqa: PLR2004, S311, E501, PERF401 (odds and seeds of made-up lines are what this file is about)
"""Measure the matcher and print the table of docs/matching.md.

    python bench/match_scores.py ../shared/catalogs [grocery-10k.csv] [LINES] [SEED]

Lines are made by `matching_check_lines.py`, three tenths of them of strangers (brands taken out of the catalog);
then lines of instacart's products, published real lines, and shorthand that people wrote for foods.
"""

from __future__ import annotations

import csv
import random
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from matching_check_lines import LEVELS, check_line, till

from matching.catalog_file import load_catalog
from matching.index import CatalogIndex
from matching.match import LineQuery, match_lines
from matching.sizes import SizeFit, compare
from receipts.catalog import Catalog, CatalogProduct
from receipts.identity import Sku
from receipts.match import Match, MatchVerdict
from receipts.money import Money, currency

SEED = int(sys.argv[4]) if len(sys.argv) > 4 and sys.argv[4].isdigit() else 7
STRANGER_BRANDS = 0.12
LINES_A_CALL = 40
USD = currency("USD")


@dataclass(frozen=True)
class Case:
    """A line, and what it is (None for a stranger)."""

    query: LineQuery
    product: CatalogProduct | None
    says_size: bool
    level: str


@dataclass(frozen=True)
class Score:
    """What came of some cases; shares of 0 to 1."""

    lines: int
    top1: float
    recall_at_99: float
    accept_recall: float
    accept_precision: float
    strangers: int
    strangers_accepted: float
    strangers_asked: float
    lines_a_second: float


def query(description: str, amount: float | None) -> LineQuery:
    """A query of these words."""
    money = None if amount is None else Money.of(Decimal(str(amount)), USD)
    return LineQuery(0, description, None, money, None, "")


def made_cases(
    products: Sequence[CatalogProduct], strangers: Sequence[CatalogProduct], lines: int
) -> list[Case]:
    """Lines of products and strangers, seven to three."""
    draw = random.Random(SEED)
    cases = []
    for _ in range(lines):
        level = draw.choice(LEVELS)
        own = draw.random() < 0.7 or not strangers
        product = draw.choice(products if own else strangers)
        line = check_line(product, till(level, draw), draw, priced=True)
        cases.append(
            Case(query(line.description, line.amount), product if own else None, line.says_size, level)
        )
    return cases


def is_right(case: Case, sku: Sku | None, index: CatalogIndex) -> bool:
    """The family is right, and the size when the line says one."""
    if case.product is None or sku is None:
        return False
    (number,), (wanted,) = (
        [place for place in index.products_of_code(each) if index.sku_at(place) == each]
        for each in (sku, case.product.sku)
    )
    if index.family[number] != index.family[wanted]:
        return False
    return not case.says_size or compare(index.size_of(wanted), index.size_of(number)) is not SizeFit.CONFLICT


def run(cases: Sequence[Case], index: CatalogIndex) -> tuple[list[Match], float]:
    """Answers, and lines a second of processor time, a receipt's lines in each call."""
    matches: list[Match] = []
    start = time.process_time()
    for first in range(0, len(cases), LINES_A_CALL):
        matches.extend(match_lines([case.query for case in cases[first : first + LINES_A_CALL]], index))
    return matches, len(cases) / max(time.process_time() - start, 1e-6)


def recall_at(precision: float, outcomes: Sequence[tuple[float, bool]], wanted: int) -> float:
    """Largest share of the wanted lines that some threshold accepts at that precision."""
    right = best = 0
    for taken, (_, good) in enumerate(sorted(outcomes, key=lambda pair: -pair[0]), start=1):
        right += good
        if right >= precision * taken:
            best = right
    return best / max(1, wanted)


def score(cases: Sequence[Case], index: CatalogIndex) -> Score:
    """Run the cases and count."""
    matches, speed = run(cases, index)
    first = [match.candidates[0].sku if match.candidates else match.sku for match in matches]
    own = [number for number, case in enumerate(cases) if case.product is not None]
    strange = [number for number, case in enumerate(cases) if case.product is None]
    right = [is_right(case, sku, index) for case, sku in zip(cases, first, strict=True)]
    accepted = [number for number, match in enumerate(matches) if match.verdict is MatchVerdict.ACCEPT]
    asked = {number for number, match in enumerate(matches) if match.verdict is MatchVerdict.ASK}
    good = sum(right[number] for number in accepted)
    outcomes = [(match.probability, right[number]) for number, match in enumerate(matches)]
    return Score(
        lines=len(cases),
        top1=sum(right[number] for number in own) / max(1, len(own)),
        recall_at_99=recall_at(0.99, outcomes, len(own)),
        accept_recall=good / max(1, len(own)),
        accept_precision=good / max(1, len(accepted)),
        strangers=len(strange),
        strangers_accepted=sum(number in set(strange) for number in accepted) / max(1, len(strange)),
        strangers_asked=len(asked & set(strange)) / max(1, len(strange)),
        lines_a_second=speed,
    )


def show(name: str, result: Score) -> None:
    """One row of the table."""
    print(
        f"| {name} | {result.lines} | {result.top1:.3f} | {result.recall_at_99:.3f} | {result.accept_recall:.3f} | "
        f"{result.accept_precision:.4f} | {result.strangers} | {result.strangers_accepted:.2%} | "
        f"{result.strangers_asked:.1%} | {result.lines_a_second:.0f} |"
    )


def split_brands(catalog: Catalog) -> tuple[Catalog, list[CatalogProduct]]:
    """The catalog without some brands, and those brands' products."""
    brands = sorted({product.brand for product in catalog.products})
    out = set(random.Random(SEED).sample(brands, round(len(brands) * STRANGER_BRANDS)))
    kept = tuple(product for product in catalog.products if product.brand not in out)
    return Catalog(catalog.version, kept), [product for product in catalog.products if product.brand in out]


def instacart(folder: Path, lines: int) -> list[Case]:
    """Lines of real grocery names that are in none of the catalogs, at made-up prices."""
    draw = random.Random(SEED)
    with (folder / "strangers-instacart-2017.csv").open(encoding="utf-8", newline="") as file:
        names = [row["product_name"] for row in csv.DictReader(file)]
    sizes = ("12 OZ", "16 OZ", "1 LB", "6 CT", "64 FL OZ", "2 L", "8 OZ", "10.5 OZ")
    cases = []
    for name in draw.sample(names, lines):
        level = draw.choice(LEVELS)
        price = Money(draw.randint(99, 1299), USD)
        product = CatalogProduct(Sku("X"), name, size=draw.choice(sizes), msrp=price)
        line = check_line(product, till(level, draw), draw)
        cases.append(Case(query(line.description, line.amount), None, line.says_size, level))
    return cases


def real_lines(folder: Path) -> tuple[list[CatalogProduct], list[Case]]:
    """Published lines, and the products that they are."""
    products, cases = [], []
    with (folder / "real-lines.tsv").open(encoding="utf-8", newline="") as file:
        for number, (_, printed, name) in enumerate(csv.reader(file, delimiter="\t")):
            product = CatalogProduct(Sku(f"REAL{number}"), name)
            products.append(product)
            cases.append(Case(query(printed, None), product, says_size=False, level="real"))
    return products, cases


def human_variants(folder: Path) -> tuple[list[CatalogProduct], list[Case]]:
    """Foods and people's shorthand for them; every second food stays out of the catalog."""
    products, cases = [], []
    for number, line in enumerate((folder / "human-variants.txt").read_text(encoding="utf-8").splitlines()):
        names, _, variants = line.partition(":")
        name, *aliases = names.split("|")
        product = CatalogProduct(
            Sku(f"FOOD{number}"), name, aliases=tuple(";".join(aliases).split(";")) if aliases else ()
        )
        if number % 2 == 0:
            products.append(product)
        for variant in variants.split(";"):
            cases.append(Case(query(variant, None), product if number % 2 == 0 else None, False, "human"))
    return products, cases


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1])
    names = [sys.argv[2]] if len(sys.argv) > 2 else ["grocery-10k.csv"]
    lines = int(sys.argv[3]) if len(sys.argv) > 3 else 4000
    print("| lines | number | top-1 | recall at 99 % | accepted right | accept precision | strangers | accepted | asked |"
          " lines/s |\n| - | - | - | - | - | - | - | - | - | - |")  # fmt: skip
    for name in names:
        whole = load_catalog(folder / name, currency=USD)
        kept, strangers = split_brands(whole)
        start = time.process_time()
        index = CatalogIndex.build(kept)
        built = time.process_time() - start
        cases = made_cases(kept.products, strangers, lines)
        show(f"{name}, all levels", score(cases, index))
        for level in LEVELS:
            show(f"{name}, {level}", score([case for case in cases if case.level == level], index))
        show(f"{name}, instacart", score(instacart(folder, lines), index))
        for kind, (products, real) in (("real", real_lines(folder)), ("human", human_variants(folder))):
            crowd = random.Random(SEED).sample(whole.products, 1000)
            show(
                f"{kind} lines + 1,000 others",
                score(real, CatalogIndex.build(Catalog("x", (*products, *crowd)))),
            )
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"\n{name}: index of {len(kept.products)} products in {built:.1f} s; peak {memory:.0f} MB",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
