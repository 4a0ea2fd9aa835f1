# ruff: noqa: E501 (rows of tables)
"""Print what the matcher is asked to show (docs/matching.md): `make bench-matching`.

    python bench/matching_table.py ../shared/catalogs [--quick] [--growth] [--seed 4711]

Lines by `matching_check_lines.py`, every price known, three in ten or more of brands taken out of the catalog. Of
the larger catalogs only brands are asked about that the models were not fitted on. `--quick` leaves out the
500,000; `--growth` adds how time and memory grow up to 1,000,000 products. Speeds are of processor time, a
receipt's 40 lines in a call, in a process of its own that maps the index.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import match_scores as scores
from matching_anchors import ANCHORS
from matching_growth import table as growth_table
from matching_growth import worker
from matching_samples import is_for_fitting
from matching_traps import traps

from matching.catalog_file import read_catalog
from matching.index import CatalogIndex
from matching.match import LineQuery, match_lines
from matching.store import save
from receipts.catalog import Catalog, CatalogProduct
from receipts.match import MatchVerdict

CATALOGS = (("grocery-10k.csv", 3000), ("grocery-50k.csv", 3000), ("grocery-500k.parquet", 1500))
SMALLEST = CATALOGS[0][0]
TRAPS = 1000


def load(folder: Path, name: str) -> Catalog:
    """The catalog as far as its numbers are right."""
    return read_catalog(folder / name, currency=scores.USD).catalog


def cases_of(
    catalog: Catalog, strangers: Sequence[CatalogProduct], held_out: frozenset[str], lines: int
) -> list[scores.Case]:
    """Check lines of brands that nothing was fitted on."""

    def unseen(products: Sequence[CatalogProduct]) -> list[CatalogProduct]:
        return [each for each in products if each.brand in held_out or not is_for_fitting(each.brand)]

    return scores.made_cases(unseen(catalog.products), unseen(strangers), lines)


def main_table(folder: Path, kept: Path, *, quick: bool) -> None:
    """The issue's table."""
    held_out = frozenset(product.brand for product in load(folder, SMALLEST).products)
    print("| catalog | products | lines | strangers | top-1 | recall at 99 % | accepted right | accept precision |"
          " lines/s | worker MB | its own MB | index MB | built in s |")  # fmt: skip
    print("| - " * 13 + "|")
    for name, lines in CATALOGS[: 2 if quick else 3]:
        catalog, strangers = scores.split_brands(load(folder, name))
        cases = cases_of(catalog, strangers, held_out, lines)
        start = time.process_time()
        index = CatalogIndex.build(catalog)
        built = time.process_time() - start
        save(index, kept / name)
        result, told = scores.score(cases, index), worker(kept / name, cases)
        megabytes = sum(path.stat().st_size for path in (kept / name).iterdir()) / 1e6
        print(f"| {name} | {len(catalog.products)} | {result.lines} | {result.strangers} | {result.top1:.3f} | "
              f"{result.recall_at_99:.3f} | {result.accept_recall:.3f} | {result.accept_precision:.4f} | "
              f"{told['speed']:.0f} | {told['all']:.0f} | {told['own']:.0f} | {megabytes:.0f} | {built:.1f} |",
              flush=True)  # fmt: skip
        del index


def anchor_table(folder: Path) -> None:
    """Other tools on the same lines of the smallest catalog."""
    catalog, strangers = scores.split_brands(load(folder, SMALLEST))
    cases = scores.made_cases(catalog.products, strangers, CATALOGS[0][1])
    index = CatalogIndex.build(catalog)
    print(
        f"\nOther tools on the same lines, {SMALLEST}:\n\n| tool | lines | top-1 | recall at 99 % | lines/s |"
    )
    print("| - | - | - | - | - |")
    for name, (make, most) in ANCHORS.items():
        tool, part = make(catalog.products), cases[:most]
        start = time.process_time()
        answers = tool([case.query.description for case in part])
        speed = len(part) / max(time.process_time() - start, 1e-6)
        right = [
            number >= 0 and scores.is_right(case, catalog.products[number].sku, index)
            for case, (number, _) in zip(part, answers, strict=True)
        ]
        own = sum(case.product is not None for case in part)
        outcomes = [(likely, good) for (_, likely), good in zip(answers, right, strict=True)]
        recall = scores.recall_at(0.99, outcomes, own)
        print(f"| {name} | {len(part)} | {sum(right) / own:.3f} | {recall:.3f} | {speed:.0f} |", flush=True)
    ours = scores.score(cases, index)
    print(f"| ours | {len(cases)} | {ours.top1:.3f} | {ours.recall_at_99:.3f} | {ours.lines_a_second:.0f} |")


def other_lines(folder: Path) -> None:
    """Lines that nobody here made, strangers of another source, and traps."""
    crowd = random.Random(scores.SEED).sample(load(folder, SMALLEST).products, 1000)  # noqa: S311
    print("\n| lines | number | top-1 | recall at 99 % | accepted right | accept precision | strangers | accepted |"
          " asked | lines/s |\n| - | - | - | - | - | - | - | - | - | - |")  # fmt: skip
    for name, (products, cases) in (
        ("real lines + 1,000 others", scores.real_lines(folder)),
        ("human lines + 1,000 others", scores.human_variants(folder)),
    ):
        scores.show(name, scores.score(cases, CatalogIndex.build(Catalog("x", (*products, *crowd)))))
    index = CatalogIndex.build(load(folder, SMALLEST))
    scores.show("instacart's, none of the catalog", scores.score(scores.instacart(folder, 3000), index))
    products, made = traps(random.Random(scores.SEED), TRAPS)  # noqa: S311
    answers = match_lines(
        [LineQuery(0, trap.description, None, trap.amount, None, "") for trap in made],
        CatalogIndex.build(Catalog("traps", products)),
    )
    accepted = [
        (trap, match)
        for trap, match in zip(made, answers, strict=True)
        if match.verdict is MatchVerdict.ACCEPT
    ]
    wrong = sum(match.sku != trap.right for trap, match in accepted)
    print(f"\nTraps: {len(made)}; accepted rightly {len(accepted) - wrong}, wrongly {wrong}.")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogs", type=Path)
    parser.add_argument("--quick", action="store_true", help="leave out the catalog of 500,000")
    parser.add_argument("--growth", action="store_true", help="add how time and memory grow")
    parser.add_argument("--seed", type=int, default=7, help="of brands left out, lines and traps")
    asked = parser.parse_args()
    scores.SEED = asked.seed
    with tempfile.TemporaryDirectory() as kept:
        main_table(asked.catalogs, Path(kept), quick=asked.quick)
        anchor_table(asked.catalogs)
        other_lines(asked.catalogs)
        if asked.growth:
            growth_table(asked.catalogs)


if __name__ == "__main__":
    main()
