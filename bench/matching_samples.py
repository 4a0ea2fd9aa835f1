# ruff: noqa: PLR2004, E501 (odds and seeds of made-up lines are what this file is about)
"""Lines with known answers, measured against catalogs: what `fit_matching.py` fits on.

Catalogs of many sizes are drawn, whole brands at a time, from brands that no check ever asks about: none of
grocery-10k.csv, and by a hash of the name only four brands in ten of the others (`is_for_fitting`). Some of each
catalog's own names are left out, so that lines of near-twins and not only of other makers are strangers.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matching_lines import NON_ITEMS
from matching_tills import fit_line

from matching.catalog_file import load_catalog, read_catalog
from matching.features import Paid, Tables, measure
from matching.index import CatalogIndex
from matching.match import LINES_AT_ONCE, NEAREST
from matching.sizes import SizeFit, compare
from matching.text import NormalText, normalise
from receipts.catalog import Catalog, CatalogProduct
from receipts.money import currency

# Products of each catalog and how much of it is written carelessly: a matcher fitted on tidy ones alone leans
# on sizes and brands.
CATALOGS = (
    (400, 0.0), (1200, 0.5), (1500, 0.1), (3000, 0.3), (6000, 0.0), (8000, 0.1), (1500, 0.6), (8000, 0.0),
    (14000, 0.05),
)  # fmt: skip
WIDE_CATALOGS = ((40_000, 0.0), (100_000, 0.05))
STRANGERS = 0.45
TWINS_AMONG_STRANGERS = 0.25
NAMES_LEFT_OUT = 1 / 12
USD = currency("USD")
Brands = Mapping[str, Sequence[CatalogProduct]]


@dataclass(frozen=True)
class Batch:
    """Some lines of one catalog against their candidates.

    Attributes:
        right: lines x candidates: right family, and right size where the line says one.
        family: each line's own; -1 for strangers.
    """

    texts: list[NormalText]
    tables: Tables
    index: CatalogIndex
    right: npt.NDArray[np.bool_]
    family: npt.NDArray[np.int64]


def is_for_fitting(brand: str) -> bool:
    """Whether lines of the brand may be fitted on; checks on the larger catalogs ask about the others alone."""
    return zlib.crc32(brand.encode()) % 10 < 4


def brands_for_fitting(folder: Path) -> tuple[Brands, Brands]:
    """Products by brand, of American names and of all."""
    held_out = {product.brand for product in load_catalog(folder / "grocery-10k.csv", currency=USD).products}

    def chosen(products: Sequence[CatalogProduct]) -> Brands:
        brands: dict[str, list[CatalogProduct]] = {}
        for product in products:
            if product.brand not in held_out and is_for_fitting(product.brand):
                brands.setdefault(product.brand, []).append(product)
        return brands

    american = chosen(load_catalog(folder / "grocery-50k.csv", currency=USD).products)
    # Six thousand of its numbers have a wrong check digit, and stay out.
    return american, chosen(read_catalog(folder / "grocery-500k.parquet", currency=USD).catalog.products)


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


def batches(brands: Brands, *, size: int, messy: float, lines: int, draw: random.Random) -> list[Batch]:
    """A catalog of that size, and lines of its products and of strangers."""
    names = sorted(brands)
    draw.shuffle(names)
    inside: list[CatalogProduct] = []
    while names and len(inside) < size:
        inside.extend(brands[names.pop()])
    outside = [product for name in names for product in brands[name]]
    written = sorted({(product.brand, product.name) for product in inside})
    out = set(draw.sample(written, max(1, round(len(written) * NAMES_LEFT_OUT))))
    twins = [product for product in inside if (product.brand, product.name) in out]
    tidy = [product for product in inside if (product.brand, product.name) not in out]
    index = CatalogIndex.build(Catalog("fit", tuple(_messy(product, messy, draw) for product in tidy)))
    planned = [_planned(tidy, outside, twins, draw) for _ in range(lines)]
    return [_batch(planned[start : start + LINES_AT_ONCE], index) for start in range(0, lines, LINES_AT_ONCE)]


Planned = tuple[NormalText, float | None, int | None, bool]


def _planned(
    tidy: Sequence[CatalogProduct],
    outside: Sequence[CatalogProduct],
    twins: Sequence[CatalogProduct],
    draw: random.Random,
) -> Planned:
    """Words, price, product, and whether the line says a size."""
    if draw.random() >= STRANGERS:
        number = draw.randrange(len(tidy))
        line = fit_line(tidy[number], draw)
        return normalise(line.description), line.amount, number, line.says_size
    style = draw.random()
    if style < 0.05:
        return normalise(draw.choice(NON_ITEMS)), draw.uniform(0.5, 30.0), None, False
    line = fit_line(draw.choice(outside if outside and style < 1 - TWINS_AMONG_STRANGERS else twins), draw)
    return normalise(line.description), line.amount, None, line.says_size


def _batch(planned: Sequence[Planned], index: CatalogIndex) -> Batch:
    worded = [each for each in planned if each[0].words]
    texts = [text for text, *_ in worded]
    paid = [Paid(float("nan") if amount is None else amount * 100) for _, amount, _, _ in worded]
    printed = index.read(texts)
    candidates = index.search(texts, printed, nearest=NEAREST)
    real = candidates.entry >= 0
    products = np.where(real, index.product_of_entry[candidates.entry], 0)
    right = np.zeros(real.shape, dtype=np.bool_)
    family = np.full(len(worded), -1, dtype=np.int64)
    for row, (_, _, number, says_size) in enumerate(worded):
        if number is None:
            continue
        family[row] = index.family[number]
        right[row] = real[row] & (index.family[products[row]] == family[row])
        if says_size:
            size = index.size_of(number)
            for place in np.flatnonzero(right[row]).tolist():
                fit = compare(size, index.size_of(int(products[row, place])))
                right[row, place] = fit is not SizeFit.CONFLICT
    tables = measure(texts, paid, printed, candidates, index)
    return Batch(texts=texts, tables=tables, index=index, right=right, family=family)
