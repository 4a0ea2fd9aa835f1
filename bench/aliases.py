# ruff: noqa: S311, E501 (odds and seeds of made-up shops are what this file is about)
"""What one confirmation by a reviewer is worth: lines of the same shop before it, and after it.

    python -m bench aliases [--quick] [--seed N]

A shop prints a product the same way each time; what is read of it differs by the smudges of the day, and the
price by the day's offers. Each shop is visited twice. The first visit's lines are confirmed, strangers as
none of ours; the second visit is matched without the shop's book and with it. Beside them stand lines of products
that share a brand with a confirmed one and were never confirmed: what the book answers of those is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from match_scores import LINES_A_CALL, USD, Case, is_right, real_lines, recall_at, split_brands
from matching_check_lines import BAD_PAIRS, LEVELS, Till, check_line, till

from matching.catalog_file import load_catalog
from matching.index import CatalogIndex
from matching.learned import NOTHING_LEARNED, LearnedNames, prints_of, unit_price
from matching.match import LineQuery, match_lines
from matching.text import normalise
from receipts.catalog import Catalog, CatalogProduct
from receipts.learned import Choice, Print
from receipts.match import Match, MatchReason, MatchVerdict
from receipts.money import Money

DAY = datetime(2026, 11, 3, tzinfo=UTC)
OFFERS = (1.0, 1.0, 1.0, 1.05, 0.95, 1.1, 0.9, 0.8, 0.7)
NOISES = (0.0, 0.01, 0.03)
LEARNED = (MatchReason.LEARNED, MatchReason.LEARNED_NOT_OURS)


@dataclass(frozen=True)
class ShopLine:
    """A product as one shop always prints it, and what it costs there."""

    printed: str
    product: CatalogProduct
    ours: bool
    says_size: bool
    cost: float


def shop_line(product: CatalogProduct, style: Till, shop: int, *, ours: bool) -> ShopLine:
    """Printed by the shop's style alone: the same words at every visit."""
    fixed = random.Random(f"{shop}/{product.sku}")
    line = check_line(product, replace(style, blur=0.0), fixed, priced=True)
    return ShopLine(line.description, product, ours, line.says_size, line.amount or 0.0)


def read(line: ShopLine, noise: float, draw: random.Random, position: int) -> Case:
    """The line of one visit: smudged, at the price of the day."""
    letters = list(line.printed)
    swap = {
        one: other for pair in BAD_PAIRS for one, other in (pair, pair[::-1]) if len(one) == 1 == len(other)
    }
    for place, letter in enumerate(letters):
        if letter != " " and draw.random() < noise:
            letters[place] = swap.get(letter.upper()) or draw.choice("ABCDEFGHIKLMNOPRSTUVWY")
    amount = None
    if line.cost:
        amount = Money.of(Decimal(str(max(0.05, round(line.cost * draw.choice(OFFERS), 2)))), USD)
    asked = LineQuery(position, "".join(letters), None, amount, Decimal(1), "")
    return Case(asked, line.product if line.ours else None, line.says_size, "")


def book_of(cases: Iterable[Case]) -> LearnedNames:
    """A reviewer's answers to these lines."""
    prices: dict[tuple[Print, str], list[Money]] = defaultdict(list)
    answers: dict[tuple[Print, str], tuple[Case, int]] = {}
    for case in cases:
        for known in prints_of(case.query.description, case.query.code):
            key = (known, case.product.sku if case.product else "")
            unit = unit_price(case.query.amount, case.query.quantity)
            prices[key] += [] if unit is None else [unit]
            answers[key] = (case, answers.get(key, (case, 0))[1] + 1)
    return LearnedNames.of(
        1,
        [
            (
                known,
                Choice(
                    case.product.sku if case.product else None,
                    case.query.description,
                    count,
                    DAY,
                    min(prices[known, sku], key=lambda each: each.minor, default=None),
                    max(prices[known, sku], key=lambda each: each.minor, default=None),
                ),
            )
            for (known, sku), (case, count) in answers.items()
        ],
    )


def answers_to(cases: Sequence[Case], index: CatalogIndex, book: LearnedNames) -> tuple[list[Match], float]:
    """Answers, and seconds of processor time."""
    found: list[Match] = []
    start = time.process_time()
    for first in range(0, len(cases), LINES_A_CALL):
        found.extend(match_lines([each.query for each in cases[first : first + LINES_A_CALL]], index, book))
    return found, time.process_time() - start


class Tally:
    """Counts over many shops; figures of the lines that are ours."""

    def __init__(self) -> None:
        self.own = self.first = self.right = self.accepted = self.wrong_size = 0
        self.strange = self.strange_asked = self.strange_accepted = 0
        self.seconds = 0.0
        self.outcomes: list[tuple[float, bool]] = []

    def add(self, cases: Sequence[Case], answers: Sequence[Match], index: CatalogIndex) -> None:
        """Count these."""
        for case, match in zip(cases, answers, strict=True):
            first = match.candidates[0].sku if match.candidates else match.sku
            accepted = match.verdict is MatchVerdict.ACCEPT
            good = match.reason is not MatchReason.LEARNED_NOT_OURS and is_right(case, first, index)
            self.outcomes.append(
                (0.0 if match.reason is MatchReason.LEARNED_NOT_OURS else match.probability, good)
            )
            self.accepted += accepted
            self.right += accepted and is_right(case, match.sku, index)
            if case.product is None:
                self.strange += 1
                self.strange_asked += match.verdict is MatchVerdict.ASK
                self.strange_accepted += accepted
            else:
                self.own += 1
                self.first += good
                self.wrong_size += accepted and match.sku != case.product.sku

    def row(self, name: str) -> str:
        """One row of the table."""
        lines = self.own + self.strange
        return (
            f"| {name} | {lines} | {self.first / max(1, self.own):.3f} | "
            f"{recall_at(0.99, self.outcomes, self.own):.3f} | {self.right / max(1, self.own):.3f} | "
            f"{self.right / max(1, self.accepted):.4f} | {self.wrong_size} | "
            f"{self.strange_accepted} | {self.strange_asked / max(1, self.strange):.1%} | "
            f"{lines / max(1e-6, self.seconds):.0f} |"
        )


HEAD = (
    "| lines | number | top-1 | recall at 99 % | accepted right | accept precision | accepted as another SKU |"
    " strangers accepted | strangers asked | lines/s |\n|" + " - |" * 10
)


def visits(folder: Path, *, seed: int, shops: int, lines: int) -> None:
    """The table of shops visited twice, and what the books answer of neighbours."""
    whole = load_catalog(folder / "grocery-10k.csv", currency=USD)
    kept, strangers = split_brands(whole)
    index = CatalogIndex.build(kept)
    by_brand = defaultdict(list)
    for product in kept.products:
        by_brand[product.brand].append(product)
    answers_to(
        [
            read(
                shop_line(kept.products[0], till("light", random.Random(1)), 0, ours=True),
                0,
                random.Random(1),
                0,
            )
        ],
        index,
        NOTHING_LEARNED,
    )
    print(HEAD)
    neighbours = wrong = 0
    for noise in NOISES:
        before, after = Tally(), Tally()
        for number in range(shops):
            draw = random.Random(f"{seed}/{noise}/{number}")
            style = till(LEVELS[number % 3], draw)
            own = draw.sample(kept.products, lines)
            shelf = [shop_line(each, style, number, ours=True) for each in own]
            shelf += [
                shop_line(each, style, number, ours=False) for each in draw.sample(strangers, lines * 3 // 7)
            ]
            book = book_of(read(line, noise, draw, 0) for line in shelf)
            cases = [read(line, noise, draw, place) for place, line in enumerate(shelf)]
            for tally, known in ((before, NOTHING_LEARNED), (after, book)):
                answers, seconds = answers_to(cases, index, known)
                tally.seconds += seconds
                tally.add(cases, answers, index)
            beside = [
                other
                for each in own[:40]
                for other in draw.sample(by_brand[each.brand], min(4, len(by_brand[each.brand])))
                if other.sku not in {product.sku for product in own}
            ]
            lines_beside = [
                read(shop_line(each, style, number, ours=True), noise, draw, 0) for each in beside
            ]
            answers, _ = answers_to(lines_beside, index, book)
            neighbours += len(beside)
            wrong += sum(
                match.reason in LEARNED and (match.sku is None or not is_right(case, match.sku, index))
                for case, match in zip(lines_beside, answers, strict=True)
            )
        print(before.row(f"{noise:.0%} smudged, nothing confirmed"))
        print(after.row(f"{noise:.0%} smudged, each confirmed once"), flush=True)
    print(
        f"\nOther products of the same brands at those shops: {neighbours}; answered wrongly by a book: {wrong}\n"
    )


def published(folder: Path, *, seed: int) -> None:
    """The published real lines, confirmed once, and read again."""
    products, cases = real_lines(folder)
    whole = load_catalog(folder / "grocery-10k.csv", currency=USD)
    crowd = random.Random(seed).sample(whole.products, 1000)
    index = CatalogIndex.build(Catalog("x", (*products, *crowd)))
    print(HEAD)
    for noise in NOISES:
        draw = random.Random(f"{seed}/{noise}")
        again = [
            replace(read(ShopLine(case.query.description, case.product, True, False, 0.0), noise, draw, 0))
            for case in cases
            if case.product is not None
        ]
        for name, book in (("nothing confirmed", NOTHING_LEARNED), ("each confirmed once", book_of(cases))):
            tally = Tally()
            answers, tally.seconds = answers_to(again, index, book)
            tally.add(again, answers, index)
            print(tally.row(f"real lines, {noise:.0%} smudged, {name}"), flush=True)
    unnamed = [case.query.description for case in cases if not prints_of(case.query.description, None)]
    print(f"\nReal lines printed too generally to be remembered: {len(unnamed)} of {len(cases)}: {unnamed}\n")


def generality(folder: Path, *, seed: int, shops: int) -> None:
    """How often one shop's print stands for products of two families, by how much it says."""
    whole = load_catalog(folder / "grocery-10k.csv", currency=USD)
    family = {product.sku: (product.brand, product.name) for product in whole.products}
    prints: dict[tuple[int, int], list[bool]] = defaultdict(list)
    for number in range(shops):
        draw = random.Random(f"{seed}/general/{number}")
        style = till(LEVELS[number % 3], draw)
        found: dict[tuple[str, object], set[tuple[str, str]]] = defaultdict(set)
        for product in draw.sample(whole.products, 4000):
            text = normalise(shop_line(product, style, number, ours=True).printed)
            found[text.key, text.size].add(family[product.sku])
            words = [word for word in text.words if not word.isdigit()]
            shape[text.key] = (min(3, len(words)), min(14, text.letters // 2 * 2))
        for (key, _), families in found.items():
            prints[shape[key]].append(len(families) > 1)
    print("| words | letters | prints | stand for two families |\n| - | - | - | - |")
    for (words, letters), shared in sorted(prints.items()):
        print(f"| {words} | {letters}-{letters + 1} | {len(shared)} | {sum(shared) / len(shared):.2%} |")


shape: dict[str, tuple[int, int]] = {}


def main() -> None:
    """Print all three."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("catalogs", type=Path)
    asked.add_argument("--quick", action="store_true", help="a fifth of the lines")
    asked.add_argument("--seed", type=int, default=7)
    options = asked.parse_args()
    shops = 6 if options.quick else 30
    visits(options.catalogs, seed=options.seed, shops=shops, lines=100)
    published(options.catalogs, seed=options.seed)
    generality(options.catalogs, seed=options.seed, shops=shops)


if __name__ == "__main__":
    main()
