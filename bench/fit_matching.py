# ruff: noqa: PLR2004, S311, E501 (odds and seeds of made-up lines are what this file is about)
"""Fit the weights of `matching/weights.py` and print the file.

    python bench/fit_matching.py ../shared/catalogs > matching/weights.py

Catalogs of several sizes are drawn, whole brands at a time, from grocery-50k.csv without the brands of
grocery-10k.csv, on which the matcher is measured. The brands that are in no catalog make the strangers. The lists of real lines and of instacart's products are never looked at.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matching_lines import NON_ITEMS, made_line
from scipy.optimize import minimize

from matching.catalog_file import load_catalog
from matching.features import Feature, LineTable, Paid, measure
from matching.index import CatalogIndex
from matching.match import NEAREST
from matching.scorer import ACCEPT_COLUMNS, ranking_of
from matching.sizes import SizeFit, compare
from matching.text import NormalText, normalise
from receipts.catalog import Catalog, CatalogProduct
from receipts.money import currency

SEED = 20260
CATALOG_SIZES = (400, 1200, 1500, 3000, 6000, 8000, 1500, 25000)
# How much of each catalog is written carelessly; a matcher fitted on tidy ones alone leans on sizes and brands.
MESSY_SHARES = (0.0, 0.5, 0.1, 0.3, 0.0, 0.1, 0.6, 0.2)
LINES_PER_CATALOG = 3000
STRANGERS = 0.45
RANK_PENALTY = 1e-3
ACCEPT_PENALTY = 2e-4
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """A line against its candidates, with the rows that are right (none for strangers)."""

    text: NormalText
    table: LineTable
    index: CatalogIndex
    right: npt.NDArray[np.bool_]
    family: int | None


def catalogs(
    folder: Path, draw: random.Random
) -> list[tuple[Catalog, list[CatalogProduct], list[CatalogProduct]]]:
    """Catalogs, each with its products as they were, and the strangers that are in none of its brands."""
    dollars = currency("USD")
    held_out = {
        product.brand for product in load_catalog(folder / "grocery-10k.csv", currency=dollars).products
    }
    brands: dict[str, list[CatalogProduct]] = {}
    for product in load_catalog(folder / "grocery-50k.csv", currency=dollars).products:
        if product.brand not in held_out:
            brands.setdefault(product.brand, []).append(product)
    made = []
    for size in CATALOG_SIZES:
        names = sorted(brands)
        draw.shuffle(names)
        inside: list[CatalogProduct] = []
        while names and len(inside) < size:
            inside.extend(brands[names.pop()])
        outside = [product for name in names for product in brands[name]]
        messy = MESSY_SHARES[len(made) % len(MESSY_SHARES)]
        products = tuple(_messy(product, messy, draw) for product in inside)
        made.append((Catalog(version="fit", products=products), inside, outside))
    return made


def _messy(product: CatalogProduct, share: float, draw: random.Random) -> CatalogProduct:
    """The product as less careful people write it: no size, brand or price, a short name, an alias."""
    if draw.random() < share:
        product = replace(product, size="")
    if draw.random() < share:
        product = replace(product, msrp=None)
    if draw.random() < share / 2:
        product = replace(product, name=" ".join(product.name.replace(",", " ").split()[:3]))
    if draw.random() < share:
        name = product.name if draw.random() < 0.5 else f"{product.brand} {product.name}"
        product = replace(product, brand="", name=name)
    if draw.random() < share:
        words = product.name.replace(",", " ").split()
        draw.shuffle(words)
        product = replace(product, aliases=(product.name, " ".join(words[: draw.randint(2, 4)])))
    return product


def samples(
    catalog: Catalog, tidy: Sequence[CatalogProduct], outside: Sequence[CatalogProduct], draw: random.Random
) -> list[Sample]:
    """Lines of the catalog and of strangers, measured."""
    index = CatalogIndex.build(catalog)
    planned: list[tuple[str, float | None, int | None, bool]] = []
    for _ in range(LINES_PER_CATALOG):
        if draw.random() < STRANGERS:
            if draw.random() < 0.05:
                planned.append((draw.choice(NON_ITEMS), draw.uniform(0.5, 30.0), None, False))
                continue
            line = made_line(draw.choice(outside), draw)
            planned.append((line.description, line.amount, None, line.says_size))
        else:
            number = draw.randrange(len(catalog.products))
            line = made_line(tidy[number], draw)
            planned.append((line.description, line.amount, number, line.says_size))
    texts = [normalise(description) for description, *_ in planned]
    found = index.search(texts, nearest=NEAREST)
    made = []
    for text, candidates, (_, amount, number, says_size) in zip(texts, found, planned, strict=True):
        if not text.words or candidates.entry.size == 0:
            continue
        paid = Paid(unit_minor=float("nan") if amount is None else amount * 100)
        table = measure(text, paid, candidates, index)
        right = np.zeros(candidates.entry.size, dtype=np.bool_)
        if number is not None:
            products = index.entries.product[candidates.entry]
            right = index.family[products] == index.family[number]
            if says_size:
                true_size = index.size_of(number)
                right &= [
                    compare(true_size, index.size_of(int(each))) is not SizeFit.CONFLICT for each in products
                ]
        family = None if number is None else int(index.family[number])
        made.append(Sample(text=text, table=table, index=index, right=right, family=family))
    return made


def fit_rank(found: Sequence[Sample]) -> Array:
    """Conditional logit: the right rows' share of each line's candidates, made as large as can be."""
    usable = [sample for sample in found if sample.right.any()]
    start = np.cumsum([0, *(sample.right.size for sample in usable)])[:-1]
    rows = np.vstack([sample.table.features for sample in usable])
    right = np.concatenate([sample.right for sample in usable])
    owner = np.repeat(np.arange(len(usable)), [sample.right.size for sample in usable])

    def loss(weights: Array) -> tuple[float, Array]:
        scores = rows @ weights
        scores -= np.maximum.reduceat(scores, start)[owner]
        odds = np.exp(scores)
        whole = np.add.reduceat(odds, start)
        good = np.add.reduceat(odds * right, start)
        share, good_share = odds / whole[owner], odds * right / good[owner]
        value = -np.log(good / whole).mean() + RANK_PENALTY * weights @ weights
        slope = rows.T @ (share - good_share) / len(usable) + 2 * RANK_PENALTY * weights
        return float(value), slope

    return np.asarray(minimize(loss, np.zeros(len(Feature)), jac=True, method="L-BFGS-B").x)


def fit_accept(found: Sequence[Sample], rank_weights: Array) -> Array:
    """Logistic regression of "the first family is right" on the winner's row."""
    rows, answers = [], []
    for sample in found:
        ranking = ranking_of(sample.text, sample.table, sample.index, rank_weights)
        row = ranking.accept_row.copy()
        row[1 + Feature.SIZE_CONFLICTS] = 0.0
        rows.append(row)
        answers.append(ranking.best.family == sample.family)
    table, target = np.array(rows), np.array(answers, dtype=np.float64)
    centre, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    centre[0], spread[0] = 0.0, 1.0
    scaled = (table - centre) / spread

    def loss(weights: Array) -> tuple[float, Array]:
        logit = scaled @ weights
        value = (
            np.logaddexp(0.0, logit).mean()
            - (target * logit).mean()
            + ACCEPT_PENALTY * weights[1:] @ weights[1:]
        )
        slope = scaled.T @ (1.0 / (1.0 + np.exp(-logit)) - target) / len(target)
        slope[1:] += 2 * ACCEPT_PENALTY * weights[1:]
        return float(value), slope

    weights = minimize(
        loss, np.zeros(ACCEPT_COLUMNS), jac=True, method="L-BFGS-B", options={"maxiter": 2000}
    ).x
    raw = np.asarray(weights) / spread
    raw[0] = weights[0] - float((weights[1:] * centre[1:] / spread[1:]).sum())
    return raw


def _table(name: str, comment: str, weights: Array) -> str:
    numbers = ", ".join(f"{weight:.3f}" for weight in weights)
    return f"# {comment}\n{name}: Final = ({numbers})\n"


def main() -> None:
    """Print the module of weights."""
    draw = random.Random(SEED)
    found: list[Sample] = []
    for catalog, tidy, outside in catalogs(Path(sys.argv[1]), draw):
        found.extend(samples(catalog, tidy, outside, draw))
        print(len(catalog.products), "products,", len(found), "lines so far", file=sys.stderr)
    rank_weights = fit_rank(found)
    accept_weights = fit_accept(found, rank_weights)
    print('"""The fitted numbers of the two logistic models, as `bench/fit_matching.py` prints them."""\n')
    print("from __future__ import annotations\n\nfrom typing import Final\n")
    print(_table("RANK", "Ranker: one weight for each `matching.features.Feature`, in order.", rank_weights))
    comment = (
        "Acceptor: bias, one for each `Feature` of the winner, one for each `matching.scorer.AcceptFeature`."
    )
    print(_table("ACCEPT", comment, accept_weights), end="")


if __name__ == "__main__":
    main()
