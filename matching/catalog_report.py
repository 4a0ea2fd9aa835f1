"""What is worth knowing of a catalog before it is in force: where matching stumbles, and what changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from matching.answers import Line
from matching.decide import Named, rivals
from matching.entries import NO_GTIN, digest_of, record_of
from matching.features import Paid
from matching.gtin import PrintedCode
from matching.index import CatalogIndex
from matching.match import LINES_AT_ONCE, score
from matching.sizes import SizeFit, compare
from matching.text import normalise
from receipts.catalog import CatalogProduct
from receipts.identity import Gtin, Sku

TILL_CHARACTERS = 24
"""What many tills print of a name: 20 to 26 characters."""
COMPARED = 2_000
"""Products whose print is tried on the matcher, evenly drawn: four thousand lines, some five seconds."""
_MOST_OF_A_FAMILY = 30
_NOTHING = Named(certain=[], possible=[], by_sku=[], exact=[])


@dataclass(frozen=True, slots=True)
class Confusion:
    """Products that a receipt may not tell apart: such lines are asked about, not paid by themselves.

    Attributes:
        printed: what the till would print.
        names: of the products, brand in front and size behind.
    """

    printed: str
    skus: tuple[Sku, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedGtin:
    """One barcode number on several products: it decides for none of them."""

    gtin: Gtin
    skus: tuple[Sku, ...]


@dataclass(frozen=True, slots=True)
class Weaknesses:
    """What matching will stumble over.

    Attributes:
        same_print: products of the same words whose sizes do not part them.
        confused: products of other words that the matcher cannot part by their whole print.
        confused_if_cut: likewise by the first `TILL_CHARACTERS` of it.
        compared: of how many products the print was tried.
        without_size: they are matched, but a size on the receipt confirms nothing; the next two likewise.
    """

    shared_gtins: tuple[SharedGtin, ...]
    same_print: tuple[Confusion, ...]
    confused: tuple[Confusion, ...]
    confused_if_cut: tuple[Confusion, ...]
    compared: int
    without_size: tuple[Sku, ...]
    without_price: tuple[Sku, ...]
    without_gtin: tuple[Sku, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What another catalog brings to the one in force.

    Attributes:
        in_force: how many products are in force now.
        changed: products that stay and say something else.
    """

    in_force: int
    added: tuple[Sku, ...]
    changed: tuple[Sku, ...]
    removed: tuple[Sku, ...]


def changes(now: CatalogIndex | None, products: Sequence[CatalogProduct]) -> Changes:
    """What these products would change; `now` is the index of the catalog in force."""
    if now is None:
        return Changes(0, tuple(product.sku for product in products), (), ())
    before = dict(zip(map(Sku, now.products.sku.all()), now.products.digest.tolist(), strict=True))
    added, changed = [], []
    for product in products:
        digest = before.pop(product.sku, None)
        if digest is None:
            added.append(product.sku)
        elif digest != digest_of(record_of(product)):
            changed.append(product.sku)
    return Changes(len(now), tuple(added), tuple(changed), tuple(before))


def weaknesses(index: CatalogIndex, *, compared: int = COMPARED) -> Weaknesses:
    """Look at a catalog as the matcher does, `compared` of its products at most."""
    products = index.products
    skus = [Sku(sku) for sku in products.sku.all()]
    sizes = index.entries.size[products.entry_start[:-1]]
    empty = np.array([size.is_empty for size in index.entries.sizes], dtype=np.bool_)
    tried = np.unique(np.linspace(0, len(index) - 1, min(compared, len(index))).astype(np.intp)).tolist()
    return Weaknesses(
        shared_gtins=tuple(_shared_gtins(index, skus)),
        same_print=tuple(_same_print(index)),
        confused=tuple(_confused(index, tried, cut=None)),
        confused_if_cut=tuple(_confused(index, tried, cut=TILL_CHARACTERS)),
        compared=len(tried),
        without_size=tuple(skus[row] for row in np.flatnonzero(empty[sizes]).tolist()),
        without_price=tuple(skus[row] for row in np.flatnonzero(np.isnan(products.price_minor)).tolist()),
        without_gtin=tuple(skus[row] for row in np.flatnonzero(products.gtin == NO_GTIN).tolist()),
    )


def _shared_gtins(index: CatalogIndex, skus: Sequence[Sku]) -> Iterator[SharedGtin]:
    number, count = np.unique(index.products.gtin, return_counts=True)
    for gtin in number[(count > 1) & (number != NO_GTIN)].tolist():
        rows = np.flatnonzero(index.products.gtin == gtin).tolist()
        yield SharedGtin(Gtin(f"{gtin:014d}"), tuple(skus[row] for row in rows))


def _same_print(index: CatalogIndex) -> Iterator[Confusion]:
    """By pairs: of three sizes of a product, two may be told apart and the third not."""
    for family in np.flatnonzero(np.bincount(index.family) > 1).tolist():
        members = index.family_members(family)[:_MOST_OF_A_FAMILY]
        for pair in combinations(members, 2):
            one, other = (index.size_of(product) for product in pair)
            if compare(one, other) is not SizeFit.CONFLICT:
                yield _confusion(index, _print_of(index, pair[0]), pair)


def _confused(index: CatalogIndex, rows: Sequence[int], *, cut: int | None) -> Iterator[Confusion]:
    """By what the matcher sees in the print, of which the till keeps so much: no pair of names twice."""
    seen: set[frozenset[int]] = set()
    for first in range(0, len(rows), LINES_AT_ONCE):
        part = rows[first : first + LINES_AT_ONCE]
        texts = [_print_of(index, row)[:cut].strip() for row in part]
        found = score([_line(text) for text in texts], [_NOTHING] * len(texts), index)
        for row, text, scored in zip(part, texts, found, strict=True):
            if scored is None or scored.families[0] != int(index.family[row]):
                continue
            for place in rivals(scored):
                names = frozenset((scored.families[0], scored.families[place]))
                if names not in seen:
                    seen.add(names)
                    yield _confusion(index, text, (row, scored.products[place]))


def _line(text: str) -> Line:
    nothing = PrintedCode(certain=(), possible=(), reserved=None)
    return Line(0, text, normalise(text), None, nothing, Paid(unit_minor=float("nan")))


def _print_of(index: CatalogIndex, row: int) -> str:
    return _name_of(index.product_at(row)).upper()


def _name_of(product: CatalogProduct) -> str:
    name = product.name.casefold()
    brand = "" if name.startswith(product.brand.casefold()) else product.brand
    size = "" if product.size and product.size.casefold() in name else product.size
    return " ".join(part for part in (brand, product.name, size) if part)


def _confusion(index: CatalogIndex, printed: str, rows: Sequence[int]) -> Confusion:
    return Confusion(
        printed=printed,
        skus=tuple(index.sku_at(row) for row in rows),
        names=tuple(_name_of(index.product_at(row)) for row in rows),
    )
